// A page that broke stays a broken page: the rest of the app goes on, and says what happened.
import i18next from "i18next";
import { Component, type ReactNode } from "react";
import { ErrorPanel } from "../components/async.tsx";
import { Button } from "../components/button.tsx";

/** `at`: another address clears the error. */
export class ErrorBoundary extends Component<{ at: string; children: ReactNode }, { error: unknown; at: string }> {
  override state = { error: null as unknown, at: this.props.at };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps(props: { at: string }, state: { error: unknown; at: string }) {
    return props.at === state.at ? null : { at: props.at, error: null };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    // A page of an older build that is gone: the server was updated meanwhile.
    const isOld = /dynamically imported module|Importing a module script/i.test(String(error));
    if (!isOld) return <ErrorPanel error={error} onRetry={() => this.setState({ error: null })} />;
    return (
      <div className="dc-empty" role="alert">
        <p className="dc-empty-title">{i18next.t("errors:updated")}</p>
        <Button onClick={() => window.location.reload()}>{i18next.t("errors:reload")}</Button>
      </div>
    );
  }
}
