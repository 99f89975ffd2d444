/** "0 * * * *" as people say it; what is not understood stays as it is. */
export function everyWords(cron: string | null): string {
  if (!cron) return "When asked";
  // Airflow's own word for a DAG that others wake: it has a clock besides.
  const clock = /^Asset or (.+)$/.exec(cron)?.[1];
  if (clock) {
    const words = everyWords(clock);
    return `After news, or ${words.charAt(0).toLowerCase()}${words.slice(1)}`;
  }
  const [minute = "", hour = "", date = "", month = "", weekday = ""] = cron.trim().split(/\s+/);
  const at = (text: string): boolean => /^\d{1,2}$/.test(text);
  const step = /^(?:\*|\d+-\d+)\/(\d+)$/.exec(minute);
  if (hour === "*" && date === "*" && month === "*" && weekday === "*") {
    if (step) return `Every ${step[1] ?? ""} min`;
    if (minute === "*") return "Every minute";
    if (at(minute)) return minute === "0" ? "Every hour" : `Every hour, at :${minute.padStart(2, "0")}`;
  }
  if (at(minute) && at(hour) && date === "*" && month === "*") {
    const time = `${hour.padStart(2, "0")}:${minute.padStart(2, "0")}`;
    if (weekday === "*") return `Every day, ${time}`;
    const day = DAYS[Number(weekday) % 7];
    if (at(weekday) && day) return `Every ${day}, ${time}`;
  }
  return cron;
}

const DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
