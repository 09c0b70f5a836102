// Around the pages for people who aren't signed in yet.
import type { ReactNode } from "react";
import { useEffect } from "react";
import { Icon } from "../../components/icon.tsx";
import { ViewMenu } from "../../shell/menus.tsx";

export function SignInFrame({ title, lead, children }: { title: string; lead?: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · DistCron`;
  }, [title]);
  return (
    <div className="dc-sign-in">
      <header>
        <span className="dc-brand">
          <Icon name="clock" size={20} />
          DistCron
        </span>
        <ViewMenu />
      </header>
      <main id="main">
        <h1>{title}</h1>
        {lead && <p>{lead}</p>}
        {children}
      </main>
    </div>
  );
}
