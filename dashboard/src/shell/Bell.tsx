import Badge from "@mui/material/Badge";
import Button from "@mui/material/Button";
import IconButton from "@mui/material/IconButton";
import Popover from "@mui/material/Popover";
import Tooltip from "@mui/material/Tooltip";
import { useState, type ReactElement } from "react";
import { Link } from "react-router-dom";
import { isNotice, noticeOf } from "../live/notices";
import { useEventList } from "../live/LiveProvider";
import { Ago } from "../ui/basics";
import { Icon } from "../ui/icons";
import { Empty } from "../ui/states";
import { to } from "./nav";

const SEEN = "cloudflow.notices.seen";
const SHOWN = 20;

/** What ended, failed or changed its tier since this page is open, newest first. */
export function Bell(): ReactElement {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [seen, setSeen] = useState(() => localStorage.getItem(SEEN) ?? "");
  const list = useEventList();
  const notices = [...list.waiting, ...list.events].filter(isNotice).slice(0, SHOWN);
  const unseen = notices.filter((event) => event.time > seen).length;
  const open = (element: HTMLElement): void => {
    setAnchor(element);
  };
  const close = (): void => {
    const newest = notices[0]?.time ?? seen;
    localStorage.setItem(SEEN, newest);
    setSeen(newest);
    setAnchor(null);
  };
  return (
    <>
      <Tooltip title="Notifications" placement="bottom">
        <IconButton aria-label={unseen ? `Notifications, ${unseen} new` : "Notifications"} aria-haspopup="dialog" aria-expanded={Boolean(anchor)} onClick={(event) => open(event.currentTarget)}>
          <Badge badgeContent={unseen} max={9} color="error" slotProps={{ badge: { style: { fontSize: 10, height: 16, minWidth: 16, padding: "0 4px" } } }}>
            <Icon name="bell" />
          </Badge>
        </IconButton>
      </Tooltip>
      <Popover open={Boolean(anchor)} anchorEl={anchor} onClose={close} anchorOrigin={{ vertical: "bottom", horizontal: "right" }} transformOrigin={{ vertical: "top", horizontal: "right" }} slotProps={{ paper: { role: "dialog", "aria-label": "Notifications", sx: { width: 380, maxWidth: "calc(100vw - 32px)" } } }}>
        <div className="cf-row" style={{ padding: "12px 16px", borderBottom: "1px solid var(--cf-line)", fontSize: 14, fontWeight: 600 }}>Notifications</div>
        {notices.length === 0 ? (
          <div style={{ fontSize: 13 }}>
            <Empty icon="bell" title="Nothing new">
              Moves that end or fail, and files that change their tier, show up here.
            </Empty>
          </div>
        ) : (
          <ul style={{ margin: 0, padding: 0, listStyle: "none", maxHeight: 400, overflow: "auto", fontSize: 13 }}>
            {notices.map((event) => {
              const notice = noticeOf(event);
              return (
                <li key={event.id} className="cf-row" style={{ padding: "10px 16px", borderTop: "1px solid var(--cf-line)", alignItems: "flex-start", background: event.time > seen ? "var(--cf-selected)" : undefined }}>
                  <Icon name={notice.icon} color={notice.color} />
                  <div className="cf-grow">
                    <Link to={to(notice.path)} onClick={close} style={{ color: "var(--cf-text)", fontWeight: 500, textDecoration: "none" }}>
                      {notice.title}
                    </Link>
                    <div className="cf-meta cf-2" style={{ overflowWrap: "anywhere" }}>{notice.note}</div>
                  </div>
                  <span className="cf-meta cf-3">
                    <Ago time={event.time} />
                  </span>
                </li>
              );
            })}
          </ul>
        )}
        <div className="cf-row" style={{ padding: 8, borderTop: "1px solid var(--cf-line)" }}>
          <Button component={Link} to={to("events")} onClick={close} variant="text" size="small">
            All events
          </Button>
        </div>
      </Popover>
    </>
  );
}
