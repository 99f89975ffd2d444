/** Whether a user took the tour, in this browser. One entry per user: browsers are shared. */
const entry = (user: string): string => `cloudflow.tour.${user}`;

export function tourSeen(user: string): boolean {
  return localStorage.getItem(entry(user)) === "seen";
}

export function rememberTour(user: string): void {
  localStorage.setItem(entry(user), "seen");
}

export function forgetTour(user: string): void {
  localStorage.removeItem(entry(user));
}
