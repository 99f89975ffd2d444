export { BASE } from "./base";

/** Chromium and Firefox move an element with all that belongs to it: focus, how far its parts are scrolled. */
type Movable = Node & { moveBefore?: (node: Node, before: Node | null) => void };

function move(element: HTMLElement, into: Movable): void {
  if (element.isConnected && into.isConnected && into.moveBefore) into.moveBefore(element, null);
  else into.appendChild(element);
}

/**
 * The one element that holds everything of ours, wherever Airflow has a place for it.
 *
 * Airflow makes the place of a plugin's page anew with every change of the path, and once more after it has loaded
 * the plugin. What was drawn there directly would lose all it knows each time: the selection, uploads, the stream of
 * events, how far somebody has scrolled. So the page itself is drawn by `home.tsx`, which Airflow keeps, into this
 * element, and the places only take it in.
 */
class Stage {
  readonly element = document.createElement("div");
  private place: HTMLElement | null = null;
  private isKnown = false;
  private readonly changed = new Set<() => void>();

  /** Be in *place* until what is returned is called. */
  enter(place: HTMLElement): () => void {
    this.set(place);
    return () => {
      if (this.place === place) this.set(null);
    };
  }

  /** Whether there was a place yet: from then on there is one whenever the address is ours, or in a moment. */
  isReady = (): boolean => this.isKnown;

  subscribe = (listener: () => void): (() => void) => {
    this.changed.add(listener);
    return () => this.changed.delete(listener);
  };

  private set(place: HTMLElement | null): void {
    this.place = place;
    this.element.style.display = place ? "contents" : "none";
    // Between two places it must not leave the document, or it would forget how far it is scrolled.
    move(this.element, place ?? document.body);
    if (this.isKnown) return;
    this.isKnown = true;
    this.changed.forEach((listener) => listener());
  }
}

export const stage = new Stage();
