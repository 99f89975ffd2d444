import IconButton from "@mui/material/IconButton";
import Menu from "@mui/material/Menu";
import MenuItem from "@mui/material/MenuItem";
import Tooltip from "@mui/material/Tooltip";
import { useState, type ReactElement } from "react";
import { Link, useLocation, useNavigate } from "react-router-dom";
import { useCounts } from "../api/queries";
import { clock, span } from "../format/format";
import { useConnection, useLive, useWaits } from "../live/LiveProvider";
import type { Connection } from "../live/stream";
import { Kbd } from "../ui/basics";
import { Icon } from "../ui/icons";
import { useNow } from "../ui/useNow";
import { UploadCount } from "../upload/UploadPanel";
import { WORDS } from "../words";
import { Bell } from "./Bell";
import { SETTINGS, TABS, tabOf, to, type Tab } from "./nav";

export interface BarProps {
  onSearch: () => void;
  onTour: () => void;
  onKeys: () => void;
}

export function Bar({ onSearch, onTour, onKeys }: BarProps): ReactElement {
  const current = tabOf(useLocation().pathname);
  return (
    <header className="cf-bar">
      <Link className="cf-mark cf-mid" to={to("")} aria-label="CloudFlow, overview">
        <Icon name="cloud" size={22} />
        <span>CloudFlow</span>
      </Link>
      <Tabs current={current} />
      <SectionMenu current={current} onTour={onTour} />
      <span className="cf-grow" />
      <UploadCount />
      <button type="button" className="cf-searchbox cf-wide" onClick={onSearch} data-tour="search">
        <Icon name="search" size={16} />
        <span className="cf-grow" style={{ textAlign: "left" }}>
          Search or jump to
        </span>
        <Kbd>Ctrl K</Kbd>
      </button>
      <ConnectionPill />
      <IconButton className="cf-notwide" aria-label="Search or jump to" onClick={onSearch}>
        <Icon name="search" />
      </IconButton>
      <Bell />
      <Help onTour={onTour} onKeys={onKeys} />
      <Tooltip title="Settings" placement="bottom">
        <IconButton className="cf-mid" component={Link} to={to("settings/connections")} aria-label="Settings" aria-current={current === SETTINGS ? "page" : undefined} sx={current === SETTINGS ? { backgroundColor: "var(--cf-selected)", color: "var(--cf-accent)" } : undefined}>
          <Icon name="gear" />
        </IconButton>
      </Tooltip>
    </header>
  );
}

function Count({ tab }: { tab: Tab }): ReactElement | null {
  const counts = useCounts();
  const value = tab.counts ? counts[tab.counts] : null;
  return value ? <span className="cf-count">{value}</span> : null;
}

function Tabs({ current }: { current: Tab }): ReactElement {
  return (
    <nav className="cf-tabs cf-wide" aria-label="CloudFlow" data-tour="tabs">
      {TABS.map((tab) => (
        <Link key={tab.path} className="cf-tab" to={to(tab.path)} aria-current={tab === current ? "page" : undefined}>
          {tab.label}
          <Count tab={tab} />
        </Link>
      ))}
    </nav>
  );
}

/** Below 1,200 px the tabs become a menu that carries the page's name; where Help has no room, the tour is here too. */
function SectionMenu({ current, onTour }: { current: Tab; onTour: () => void }): ReactElement {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const navigate = useNavigate();
  return (
    <>
      <button type="button" className="cf-section cf-notwide" aria-haspopup="menu" aria-expanded={Boolean(anchor)} onClick={(event) => setAnchor(event.currentTarget)} data-tour="section">
        {current.label}
        <Icon name="down" size={16} />
        <span className="cf-hidden">, choose a section</span>
      </button>
      <Menu anchorEl={anchor} open={Boolean(anchor)} onClose={() => setAnchor(null)}>
        {[...TABS, SETTINGS].map((tab) => (
          <MenuItem
            key={tab.path}
            selected={tab === current}
            divider={tab === SETTINGS}
            onClick={() => {
              setAnchor(null);
              void navigate(to(tab.path));
            }}
          >
            {tab.label}
            <Count tab={tab} />
          </MenuItem>
        ))}
        <MenuItem
          onClick={() => {
            setAnchor(null);
            onTour();
          }}
        >
          Take the tour
        </MenuItem>
      </Menu>
    </>
  );
}

export function ConnectionPill(): ReactElement {
  const connection = useConnection();
  const waits = useWaits();
  const [word, look, words] = statusOf(connection, waits);
  return (
    <Tooltip title={words} placement="bottom" describeChild>
      {/* Focusable, so that keyboards reach the explanation. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <span className={`cf-live ${look}`} tabIndex={0} role="status">
        {word}
      </span>
    </Tooltip>
  );
}

function statusOf(connection: Connection, waits: string | null): [string, string, string] {
  if (connection.state === "connecting") return ["Connecting", "cf-3", "Connecting to the event stream"];
  if (connection.state === "lost") return ["Stale", "cf-warn", `Live updates stopped at ${clock(connection.since)} UTC`];
  if (connection.state === "refused") return ["Stale", "cf-warn", "Live updates stopped: sign in again, or ask an administrator for the right"];
  return waits ? ["Waiting", "cf-warn", waits] : ["Live", "cf-ok", WORDS.live];
}

/** Told at the head of every page as long as figures may be old. */
export function StaleBanner(): ReactElement | null {
  const connection = useConnection();
  const live = useLive();
  const now = useNow();
  if (connection.state !== "lost" || now - connection.since < 4000) return null;
  return (
    <div className="cf-banner" role="alert">
      <Icon name="warning" />
      <b>Live updates stopped at {clock(connection.since)}</b>
      <span className="cf-grow">Figures below are {span(Math.max(1, (now - connection.since) / 1000))} old. Trying again.</span>
      <button type="button" className="cf-link" onClick={() => live.stream.retry()}>
        Reconnect now
      </button>
    </div>
  );
}

function Help({ onTour, onKeys }: { onTour: () => void; onKeys: () => void }): ReactElement {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const choose = (run: () => void) => () => {
    setAnchor(null);
    run();
  };
  return (
    <>
      <Tooltip title="Help" placement="bottom">
        <IconButton aria-label="Help" aria-haspopup="menu" aria-expanded={Boolean(anchor)} onClick={(event) => setAnchor(event.currentTarget)} data-tour="help" className="cf-mid">
          <Icon name="help" />
        </IconButton>
      </Tooltip>
      <Menu anchorEl={anchor} open={Boolean(anchor)} onClose={() => setAnchor(null)}>
        <MenuItem onClick={choose(onTour)}>Take the tour</MenuItem>
        <MenuItem onClick={choose(onKeys)}>Keys</MenuItem>
      </Menu>
    </>
  );
}
