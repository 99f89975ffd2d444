import Button from "@mui/material/Button";
import type { ReactElement } from "react";
import { Link, Route, Routes, useNavigate, useParams } from "react-router-dom";
import { useMe } from "../../api/me";
import { useCredentials, useLocations } from "../../api/queries";
import type { Credential, Location } from "../../api/types";
import { plural } from "../../format/format";
import { to } from "../../shell/nav";
import { Answered } from "../../ui/Answered";
import { Card, Cloud, cloudName } from "../../ui/basics";
import { Icon } from "../../ui/icons";
import { Empty, SkeletonRows } from "../../ui/states";
import { useStaying } from "../../ui/useStaying";
import { ConnectionForm } from "./ConnectionForm";
import { ConnectionLocations } from "./ConnectionLocations";

const AT = "settings/connections";
const NEW = "new";

/** The clouds that CloudFlow may open, and the places in them that it knows. */
export default function Connections(): ReactElement {
  const credentials = useCredentials();
  const locations = useLocations();
  const navigate = useNavigate();
  const me = useMe();
  const add = (): void => void navigate(to(`${AT}/${NEW}`));
  const known = credentials.data;
  const unchosen = useStaying(known ?? [], (one) => one.credential_id);
  const { "*": rest = "" } = useParams();
  return (
    <div className="cf-master" data-chosen={rest ? "" : undefined}>
      <Card
        className="cf-list-card"
        title="Connections"
        side={
          me.data?.can_write ? (
            <Button variant="text" size="small" startIcon={<Icon name="plus" size={16} />} onClick={add} style={{ marginLeft: "auto" }}>
              Add
            </Button>
          ) : null
        }
      >
        <Answered query={credentials} what="Connections" rows={3} height={76}>
          {(found) => (found.length ? <List credentials={found} locations={locations.data ?? []} openId={rest || unchosen?.credential_id} /> : <p className="cf-2" style={{ padding: "0 16px 16px" }}>None yet.</p>)}
        </Answered>
      </Card>
      <div className="cf-stack cf-detail" style={{ gap: 16 }} data-always={known?.length ? undefined : ""}>
        {rest && <Link className="cf-link cf-narrow cf-row" to={to(AT)} style={{ gap: 4 }}><Icon name="left" size={16} /> All connections</Link>}
        <Routes>
          <Route index element={unchosen ? <Detail key={unchosen.credential_id} credential={unchosen} locations={locations.data ?? []} /> : known ? <Start onAdd={add} canWrite={Boolean(me.data?.can_write)} /> : credentials.error ? null : <Card label="Connection"><SkeletonRows rows={6} /></Card>} />
          <Route path={NEW} element={<New />} />
          <Route path=":id" element={<Chosen credentials={known} locations={locations.data ?? []} />} />
        </Routes>
      </div>
    </div>
  );
}

function List({ credentials, locations, openId }: { credentials: readonly Credential[]; locations: readonly Location[]; openId: string | undefined }): ReactElement {
  return (
    <ul className="cf-list">
      {credentials.map((one) => (
        <li key={one.credential_id}>
          <Link to={to(`${AT}/${encodeURIComponent(one.credential_id)}`)} aria-current={openId === one.credential_id ? "true" : undefined} data-rowid={one.credential_id}>
            <span className="cf-row">
              <Cloud provider={one.provider} />
              <span className="cf-ellipsis" style={{ fontWeight: 500 }}>{one.credential_id}</span>
            </span>
            <span className="cf-meta cf-2" style={{ display: "block", marginTop: 4 }}>
              {cloudName(one.provider)}
              {one.region ? `, ${one.region}` : one.endpoint_url ? `, ${hostOf(one.endpoint_url)}` : ""}
            </span>
            <span className="cf-meta cf-2" style={{ display: "block" }}>{plural(locations.filter((place) => place.credential_id === one.credential_id).length, "location")}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function hostOf(url: string): string {
  return url.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function Chosen({ credentials, locations }: { credentials: readonly Credential[] | undefined; locations: readonly Location[] }): ReactElement | null {
  const { id } = useParams();
  const navigate = useNavigate();
  if (!credentials) return null;
  const found = credentials.find((one) => one.credential_id === id);
  if (found) return <Detail key={found.credential_id} credential={found} locations={locations} />;
  return (
    <Card label="Connection">
      <Empty icon="key" title={`No connection called ${id ?? ""}`} actions={<Button onClick={() => void navigate(to(AT))}>Show all connections</Button>}>
        It was removed, or belongs to somebody else.
      </Empty>
    </Card>
  );
}

function Start({ onAdd, canWrite }: { onAdd: () => void; canWrite: boolean }): ReactElement {
  return (
    <Card label="First connection">
      <Empty icon="tiers" title="Connect a cloud to begin" actions={canWrite ? <Button variant="contained" color="primary" onClick={onAdd}>Connect a cloud…</Button> : null}>
        CloudFlow lists your files and learns how they are read. Nothing moves until you apply a recommendation.
      </Empty>
    </Card>
  );
}

function New(): ReactElement {
  const navigate = useNavigate();
  return <ConnectionForm key={NEW} onSaved={(name, bucket) => void navigate(to(`${AT}/${encodeURIComponent(name)}?bucket=${encodeURIComponent(bucket)}`))} onCancel={() => void navigate(to(AT))} />;
}

function Detail({ credential, locations }: { credential: Credential; locations: readonly Location[] }): ReactElement {
  const mine = locations.filter((place) => place.credential_id === credential.credential_id);
  return (
    <div className="cf-stack" style={{ gap: 16, minWidth: 0 }}>
      <ConnectionForm credential={credential} used={mine.length} />
      <ConnectionLocations credential={credential} locations={mine} />
    </div>
  );
}
