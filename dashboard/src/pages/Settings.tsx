import { useEffect, useRef, type ReactElement } from "react";
import { Navigate, NavLink, Route, Routes, useLocation } from "react-router-dom";
import { useMe } from "../api/me";
import { to } from "../shell/nav";
import { PageStyle } from "../ui/PageStyle";
import { PageHead } from "./PageHead";
import Access from "./settings/Access";
import Connections from "./settings/Connections";
import Notifications from "./settings/Notifications";
import Prices from "./settings/Prices";
import Rules from "./settings/Rules";
import Schedules from "./settings/Schedules";

const SECTIONS = [
  { path: "connections", label: "Connections", page: Connections },
  { path: "rules", label: "Rules", page: Rules },
  { path: "schedules", label: "Schedules", page: Schedules },
  { path: "prices", label: "Prices", page: Prices },
  { path: "notifications", label: "Notifications", page: Notifications },
] as const;
const FOR_ADMINS = [{ path: "access", label: "Access", page: Access }] as const;

export default function Settings(): ReactElement {
  const me = useMe();
  const sections = me.data?.is_admin ? [...SECTIONS, ...FOR_ADMINS] : SECTIONS;
  const nav = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  // On a phone the sections are a row that scrolls: the present one has to be in sight.
  useEffect(() => {
    // Newer browsers answer with a promise, and what an effect returns React calls when it ends.
    nav.current?.querySelector("[aria-current]")?.scrollIntoView({ inline: "nearest", block: "nearest" });
  }, [pathname]);
  return (
    <>
      <PageStyle />
      <PageHead title="Settings" total={me.data && !me.data.can_write ? "This account may look, not change" : null} />
      <div className="cf-settings2">
        <nav className="cf-side-nav" ref={nav} aria-label="Settings">
          {sections.map((section) => (
            <NavLink key={section.path} to={to(`settings/${section.path}`)}>
              {section.label}
            </NavLink>
          ))}
        </nav>
        <div style={{ minWidth: 0 }}>
          <Routes>
            <Route index element={<Navigate to={to("settings/connections")} replace />} />
            {sections.map(({ path, page: Page }) => (
              <Route key={path} path={`${path}/*`} element={<Page />} />
            ))}
            {me.data && <Route path="*" element={<Navigate to={to("settings/connections")} replace />} />}
          </Routes>
        </div>
      </div>
    </>
  );
}
