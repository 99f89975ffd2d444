import Button from "@mui/material/Button";
import { Component, type ReactNode } from "react";
import { Empty } from "../ui/states";

interface State {
  error: Error | null;
}

/** Keeps an error on the page it happened on. A chunk that is gone means that a new version was installed. */
export class Boundary extends Component<{ children: ReactNode; at?: string }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  /** Another page is not broken by this one. */
  override componentDidUpdate(before: { at?: string }): void {
    if (before.at !== this.props.at && this.state.error) this.setState({ error: null });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    const outdated = /dynamically imported module|Importing a module script/.test(error.message);
    return (
      <div className="cf-card">
        <Empty
          icon="cloudOff"
          role="alert"
          title={outdated ? "This page has a new version" : "This page broke"}
          actions={
            <Button variant="contained" color="primary" onClick={() => window.location.reload()}>
              Reload
            </Button>
          }
        >
          {outdated ? "CloudFlow was updated while this window was open." : "Nothing was changed by it. Reload the page; if it breaks again, tell an administrator what you did."}
        </Empty>
      </div>
    );
  }
}
