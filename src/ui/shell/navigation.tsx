// Ways to the pages, as far as the user's role reaches.

import { Link, useLocation } from "wouter";
import { roleReaches, useUser } from "../api/session.ts";
import { Icon } from "../components/icon.tsx";
import { useTranslation } from "../lib/translation.tsx";
import { loadPage, type NavItem, navigation } from "../routes.tsx";

export function useNavigation(): NavItem[][] {
  const user = useUser();
  return navigation
    .map((group) => group.filter(({ access }) => user !== null && roleReaches(user.role, access)))
    .filter((group) => group.length > 0);
}

export function Navigation({ onGo }: { onGo?: () => void }) {
  const { t } = useTranslation("shell");
  const [location] = useLocation();
  const isHere = (to: string) => (to === "/" ? location === "/" : location === to || location.startsWith(`${to}/`));
  return (
    <nav aria-label={t("nav.label")} className="dc-nav">
      {useNavigation().map((group) => (
        <ul key={group[0]?.to}>
          {group.map(({ to, label, icon }) => (
            <li key={to}>
              <Link
                href={to}
                onClick={onGo}
                onPointerEnter={() => loadPage(to)}
                {...(isHere(to) ? { "aria-current": "page" } : {})}
              >
                <Icon name={icon} size={17} />
                {t(`nav.${label}`)}
              </Link>
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}
