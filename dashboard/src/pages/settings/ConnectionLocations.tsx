import Button from "@mui/material/Button";
import { useState, type ReactElement } from "react";
import { useSearchParams } from "react-router-dom";
import { removeLocation, testLocation } from "../../api/connections";
import { useMe } from "../../api/me";
import { KEYS, useTotals, useWrite } from "../../api/queries";
import type { Credential, Location } from "../../api/types";
import { Card, FileSum, Path, Tip, pathOf } from "../../ui/basics";
import { Confirm } from "../../ui/Confirm";
import { Icon } from "../../ui/icons";
import { Empty } from "../../ui/states";
import { LocationForm } from "./LocationForm";
import { useScan } from "./useScan";

/** The buckets, or parts of them, that this connection opens. */
export function ConnectionLocations({ credential, locations }: { credential: Credential; locations: readonly Location[] }): ReactElement {
  const [params] = useSearchParams();
  const bucket = params.get("bucket") ?? "";
  const [adding, setAdding] = useState(Boolean(bucket) && locations.length === 0);
  const me = useMe();
  const canWrite = Boolean(me.data?.can_write);
  return (
    <Card
      title="Locations"
      sub={<span className="cf-mid">what CloudFlow lists and may move</span>}
      side={
        canWrite && !adding ? (
          <Button variant="text" size="small" startIcon={<Icon name="plus" size={16} />} onClick={() => setAdding(true)} style={{ marginLeft: "auto" }}>
            Add
          </Button>
        ) : null
      }
    >
      {adding && <LocationForm credential={credential} bucket={bucket} onEnd={() => setAdding(false)} />}
      {locations.length > 0 && (
        <ul>
          {locations.map((place) => (
            <Row key={place.location_id} place={place} canWrite={place.may_change} />
          ))}
        </ul>
      )}
      {!adding && !locations.length && (
        <Empty icon="folder" title="No locations yet" actions={canWrite ? <Button variant="contained" color="primary" onClick={() => setAdding(true)}>Add a location</Button> : null}>
          Name a bucket, or a part of one. The first scan lists its files.
        </Empty>
      )}
    </Card>
  );
}

type Outcome = { ok: true; text: string } | { ok: false; text: string } | null;

function Row({ place, canWrite }: { place: Location; canWrite: boolean }): ReactElement {
  const [outcome, setOutcome] = useState<Outcome>(null);
  const [removing, setRemoving] = useState(false);
  const test = useWrite(testLocation, []);
  const { isPending: isScanning, scan } = useScan();
  const remove = useWrite(removeLocation, [KEYS.locations, KEYS.totals]);
  const check = (): void =>
    test.mutate(place.location_id, {
      onSuccess: (answer) => setOutcome(answer.ok ? { ok: true, text: "Opens and lists" } : { ok: false, text: answer.detail ?? "It was not opened." }),
      onError: (error) => setOutcome({ ok: false, text: error.message }),
    });
  return (
    <li style={{ borderTop: "1px solid var(--cf-line)", padding: "10px 16px" }} data-rowid={place.location_id}>
      <div className="cf-row cf-wrap">
        <div className="cf-grow" style={{ minWidth: 180 }}>
          <div style={{ fontWeight: 500 }}>{place.location_id}</div>
          <div className="cf-meta" style={{ display: "flex" }}>
            <Path path={pathOf({ ...place, name: place.prefix })} label="Where it lies" />
          </div>
          <Sum locationId={place.location_id} />
        </div>
        {canWrite && (
          <div className="cf-row">
            <Tip word="test"><Button size="small" loading={test.isPending} onClick={check} aria-label={`Test ${place.location_id}`}>Test</Button></Tip>
            <Tip word="scan"><Button size="small" loading={isScanning} onClick={() => scan(place.location_id)} aria-label={`Scan now, ${place.location_id}`}>Scan now</Button></Tip>
            <Button size="small" variant="text" color="error" onClick={() => setRemoving(true)} aria-label={`Remove ${place.location_id}…`}>Remove…</Button>
          </div>
        )}
      </div>
      {outcome && (
        <p className={`cf-check cf-meta ${outcome.ok ? "cf-ok" : "cf-error"}`} role={outcome.ok ? "status" : "alert"} style={{ marginTop: 6, overflowWrap: "anywhere" }}>
          <Icon name={outcome.ok ? "checkCircle" : "alert"} size={16} /> {outcome.text}
        </p>
      )}
      <Confirm open={removing} title={`Remove ${place.location_id}?`} onClose={() => setRemoving(false)} error={remove.error} actions={<Button variant="contained" color="error" loading={remove.isPending} onClick={() => remove.mutate(place.location_id, { onSuccess: () => setRemoving(false) })}>Remove {place.location_id}</Button>}>
        CloudFlow forgets the place. Nothing in its bucket is touched. A location whose files are catalogued already stays.
      </Confirm>
    </li>
  );
}

function Sum({ locationId }: { locationId: string }): ReactElement | null {
  const totals = useTotals();
  if (!totals.data) return null;
  const mine = totals.data.totals.filter((total) => total.location_id === locationId);
  return (
    <div className="cf-meta cf-2">
      {mine.length ? <FileSum files={mine.reduce((sum, one) => sum + one.files, 0)} size={mine.reduce((sum, one) => sum + one.size_bytes, 0)} /> : "Not scanned yet"}
    </div>
  );
}
