import Badge from "@mui/material/Badge";
import IconButton from "@mui/material/IconButton";
import Popover from "@mui/material/Popover";
import Tooltip from "@mui/material/Tooltip";
import { useState, type ReactElement } from "react";
import { Link } from "react-router-dom";
import { markRead } from "../api/actions";
import { KEYS, useNotifications, useWrite } from "../api/queries";
import type { Notification } from "../api/types";
import { count } from "../format/format";
import { Ago } from "../ui/basics";
import { Icon, type IconName } from "../ui/icons";
import { Empty, Failure, SkeletonRows } from "../ui/states";
import { useToast } from "../ui/toasts";
import { to } from "./nav";

const LOOKS: Record<Notification["level"], [IconName, string, string]> = {
  success: ["checkCircle", "var(--cf-ok)", "Done"],
  info: ["info", "var(--cf-info)", "For your information"],
  warning: ["warning", "var(--cf-warn)", "Warning"],
  error: ["alert", "var(--cf-error)", "Failed"],
};

/** The name of the button says what the badge shows: people who speak to their machine say what they see. */
const MOST_SHOWN = 99;

/** What ended, failed or wants a decision, newest first; what was seen counts as read. */
export function Bell(): ReactElement {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const bell = useNotifications();
  const read = useWrite(markRead, [KEYS.notifications]);
  const toast = useToast();
  const notices = bell.data?.notifications ?? [];
  const unread = bell.data?.unread ?? 0;
  const shown = unread > MOST_SHOWN ? `${MOST_SHOWN}+` : `${unread}`;
  const close = (): void => {
    setAnchor(null);
    const seen = notices.filter((one) => !one.read_at).map((one) => one.notification_id);
    if (seen.length) read.mutate({ notification_ids: seen });
  };
  /** Older ones than are listed here, too. */
  const readAll = (): void => {
    if (notices[0]) read.mutate({ until: notices[0].changed_at }, { onError: (error) => toast({ kind: "error", title: "Not marked as read", note: error.message }) });
  };
  return (
    <>
      <Tooltip title="Notifications" placement="bottom">
        <IconButton aria-label={unread ? `Notifications, ${shown} unread` : "Notifications"} aria-haspopup="dialog" aria-expanded={Boolean(anchor)} onClick={(event) => setAnchor(event.currentTarget)}>
          {/* An empty badge keeps its last number, unseen but not unheard. */}
          {unread ? <Badge badgeContent={shown} slotProps={{ badge: { className: "cf-badge" } }}><Icon name="bell" /></Badge> : <Icon name="bell" />}
        </IconButton>
      </Tooltip>
      <Popover
        open={Boolean(anchor)}
        anchorEl={anchor}
        onClose={close}
        anchorOrigin={{ vertical: "bottom", horizontal: "right" }}
        transformOrigin={{ vertical: "top", horizontal: "right" }}
        slotProps={{ paper: { role: "dialog", "aria-modal": true, "aria-label": "Notifications", sx: { width: 400, maxWidth: "calc(100vw - var(--cf-left, 0px) - 16px)" } } }}
      >
        <div className="cf-pop">
          <div className="cf-row cf-pophead">
            <h2 className="cf-grow">Notifications</h2>
            {unread > 0 && (
              <>
                <span className="cf-meta cf-2 cf-num">{count(unread)} unread</span>
                <button type="button" className="cf-link" disabled={read.isPending} onClick={readAll}>Mark all as read</button>
              </>
            )}
          </div>
          <List bell={bell} onGo={close} />
          <div className="cf-row" style={{ padding: "8px 16px", borderTop: "1px solid var(--cf-line)", justifyContent: "space-between" }}>
            <Link className="cf-link" to={to("events")} onClick={close}>All events</Link>
            <Link className="cf-link" to={to("settings/notifications")} onClick={close}>What to tell me</Link>
          </div>
        </div>
      </Popover>
    </>
  );
}

function List({ bell, onGo }: { bell: ReturnType<typeof useNotifications>; onGo: () => void }): ReactElement {
  if (bell.isError && !bell.data) return <Failure error={bell.error} what="Notifications" again={() => void bell.refetch()} />;
  if (!bell.data) return <SkeletonRows rows={4} height={52} />;
  if (!bell.data.notifications.length) {
    return (
      <Empty icon="bell" title="Nothing to tell yet">
        Moves that end or fail, uploads, changes of tier and alerts show up here.
      </Empty>
    );
  }
  return (
    <ul style={{ maxHeight: "min(440px, 60dvh)", overflow: "auto" }}>
      {bell.data.notifications.map((one) => (
        <NoticeLine key={one.notification_id} one={one} onGo={onGo} />
      ))}
    </ul>
  );
}

/** One notification, wherever notifications are listed. */
export function NoticeLine({ one, onGo }: { one: Notification; onGo?: () => void }): ReactElement {
  const [icon, color, word] = LOOKS[one.level];
  return (
    <li className="cf-notice" data-unread={one.read_at ? undefined : ""}>
      <Icon name={icon} color={color} />
      <div className="cf-grow">
        <span className="cf-hidden">{word}{one.read_at ? "" : ", unread"}: </span>
        <Link to={to(one.path)} onClick={onGo}>{one.title}</Link>
        {one.text && <div className="cf-meta cf-2" style={{ overflowWrap: "anywhere" }}>{one.text}</div>}
      </div>
      <span className="cf-meta cf-3"><Ago time={one.changed_at} /></span>
    </li>
  );
}
