import Button from "@mui/material/Button";
import { useState, type ReactElement } from "react";
import { useMe } from "../../api/me";
import { useWrite } from "../../api/queries";
import { signOut, USERS, useUsers, type User, type Users } from "../../api/users";
import { bytes, count, plural } from "../../format/format";
import { Answered } from "../../ui/Answered";
import { Ago, Card } from "../../ui/basics";
import { Confirm } from "../../ui/Confirm";
import { SearchField } from "../../ui/controls";
import { DataTable, type Column } from "../../ui/DataTable";
import { Empty } from "../../ui/states";
import { useToast } from "../../ui/toasts";
import { useTyped } from "../../ui/useUrl";
import { LimitsDialog } from "./LimitsDialog";
import { limitWords } from "./limitsWish";

/** Who is here, what they have and may do; for administrators. */
export default function Access(): ReactElement {
  const users = useUsers();
  const [text, setText] = useTyped("who");
  return (
    <Card
      title="Access"
      sub="Accounts and roles are Airflow's: Security in its menu"
      side={<span style={{ marginLeft: "auto" }}><SearchField value={text} placeholder="Find a person" width={200} onChange={setText} /></span>}
    >
      <Answered query={users} what="Accounts" missing="Accounts can be seen in Airflow, under Security." rows={5} height={56}>
        {(found) => <People found={found} text={text} onClear={() => setText("")} />}
      </Answered>
    </Card>
  );
}

type Deed = { user: User; what: "limits" | "sign-out" } | null;

function People({ found, text, onClear }: { found: Users; text: string; onClear: () => void }): ReactElement {
  const [deed, setDeed] = useState<Deed>(null);
  const words = text.toLowerCase();
  const shown = found.users.filter((one) => [one.user, one.full_name, one.email, ...one.roles].some((told) => told.toLowerCase().includes(words)));
  const close = (): void => setDeed(null);
  if (!found.users.length) return <Empty icon="key" title="Nobody yet">Add accounts in Airflow, under Security, with the role CloudFlowUser.</Empty>;
  if (!shown.length) return <Empty icon="search" title={`Nobody fits “${text}”`} actions={<Button onClick={onClear}>Show everybody</Button>}>Names, addresses and roles were looked at.</Empty>;
  return (
    <>
      <List users={shown} onDeed={setDeed} />
      {deed?.what === "limits" && <LimitsDialog key={deed.user.user} user={deed.user} usual={found.usual} onClose={close} />}
      {deed?.what === "sign-out" && <SignOut user={deed.user} onClose={close} />}
    </>
  );
}

function List({ users, onDeed }: { users: readonly User[]; onDeed: (deed: Deed) => void }): ReactElement {
  const columns: Column<User>[] = [
    { key: "who", head: "Person", width: "minmax(160px, 1.4fr)", cell: (row) => <Who user={row} /> },
    { key: "files", head: "Files", width: "80px", right: true, wideOnly: true, cell: (row) => count(row.files) },
    { key: "bytes", head: "Bytes", width: "84px", right: true, strong: true, cell: (row) => bytes(row.size_bytes) },
    { key: "seen", head: "Last seen", width: "104px", wideOnly: true, cell: (row) => <span className="cf-2"><Ago time={row.seen_at} never="Never" /></span> },
    { key: "limits", head: "Limits", width: "minmax(110px, 1fr)", wideOnly: true, cell: (row) => <Limits user={row} /> },
    { key: "acts", head: <span className="cf-hidden">Change</span>, width: "164px", right: true, cell: (row) => <Acts user={row} onDeed={onDeed} /> },
  ];
  return (
    <DataTable
      label="Accounts"
      rows={users}
      rowKey={(row) => row.user}
      columns={columns}
      rowHeight={56}
      card={(row) => (
        <>
          <Who user={row} />
          <div className="cf-row cf-meta cf-2 cf-wrap" style={{ marginTop: 4 }}>
            <span>{plural(row.files, "file")}, {bytes(row.size_bytes)}</span>
            <span>Seen <Ago time={row.seen_at} never="never" /></span>
            <Limits user={row} />
          </div>
          <div style={{ marginTop: 4 }}><Acts user={row} onDeed={onDeed} /></div>
        </>
      )}
    />
  );
}

function Who({ user }: { user: User }): ReactElement {
  const role = user.roles.join(", ") || (user.is_admin ? "Administrator" : "No role");
  return (
    <div style={{ minWidth: 0 }}>
      <div className="cf-row" style={{ gap: 8 }}>
        <span className="cf-ellipsis" style={{ fontWeight: 500 }}>{user.user}</span>
        {user.is_admin && <span className="cf-chip">administrator</span>}
        {!user.has_account && <span className="cf-chip">no account</span>}
        {user.has_account && !user.is_active && <span className="cf-chip">switched off</span>}
      </div>
      <div className="cf-meta cf-2 cf-ellipsis">{user.has_account ? `${role}${user.email ? `, ${user.email}` : ""}` : "Only files are here"}</div>
    </div>
  );
}

function Limits({ user }: { user: User }): ReactElement {
  const words = limitWords(user.limits);
  return <span className="cf-meta cf-2">{words.length ? words.join(", ") : "As everybody"}</span>;
}

function Acts({ user, onDeed }: { user: User; onDeed: (deed: Deed) => void }): ReactElement {
  return (
    <span className="cf-row" style={{ gap: 4, justifyContent: "flex-end" }}>
      <Button variant="text" size="small" aria-label={`Limits of ${user.user}`} onClick={() => onDeed({ user, what: "limits" })}>Limits…</Button>
      <Button variant="text" size="small" aria-label={`Sign out ${user.user}`} disabled={!user.has_account} onClick={() => onDeed({ user, what: "sign-out" })}>Sign out…</Button>
    </span>
  );
}

function SignOut({ user, onClose }: { user: User; onClose: () => void }): ReactElement {
  const me = useMe();
  const toast = useToast();
  const write = useWrite(signOut, [USERS]);
  const isMe = me.data?.user === user.user;
  const go = (): void =>
    write.mutate(user.user, {
      onSuccess: ({ sessions }) => {
        toast({ title: `${user.user} is signed out`, note: sessions ? `${plural(sessions, "session")} ended.` : "No lasting session was open." });
        onClose();
      },
    });
  return (
    <Confirm open title={`Sign out ${user.user}?`} onClose={onClose} error={write.error} actions={<Button variant="contained" color="error" loading={write.isPending} onClick={go}>Sign out {user.user}</Button>}>
      <p>
        {isMe ? "That is you: this page asks you to sign in again." : "Every session ends now, in every browser and program."} Moves that run go on, and signing in again is possible: to prevent that, switch the account off in Airflow.
      </p>
    </Confirm>
  );
}
