import { useEffect, type ReactElement } from "react";
import type { Query } from "../api/client";
import type { Listing } from "../api/listing";
import { useMigrations } from "../api/queries";
import type { Migration } from "../api/types";
import { count, plural } from "../format/format";
import { Ago, Card, Progress, RunLink } from "../ui/basics";
import { batchesOf, type Batch } from "./migrationMath";

/** A run of `migrate_files` holds a few hundred moves at most: what goes on behind that is told as "at least". */
const MOST_READ = 1000;

/** The batches of the moves that are at hand of *all*, which *query* asks for; the last batch is read to its end. */
export function useBatches(all: Listing<Migration>, query: Query): Batch[] {
  const last = all.hasMore ? (all.rows.at(-1)?.batch_id ?? null) : null;
  const { rows, hasMore, loadMore, isStale, isPending, error } = useMigrations(last ? { batch_id: last } : query);
  const isReading = last !== null && hasMore && !isStale && rows.length < MOST_READ;
  useEffect(() => {
    if (isReading) loadMore();
  }, [isReading, loadMore, rows.length]);
  if (last === null) return batchesOf(all.rows);
  const isWhole = !isPending && !error && !isStale && !hasMore;
  return batchesOf([...new Map([...all.rows, ...(isStale ? [] : rows)].map((row) => [row.migration_id, row])).values()]).map((batch) => (batch.id === last ? { ...batch, isWhole } : batch));
}

export function Batches({ batches, onChoose }: { batches: readonly Batch[]; onChoose: (id: string) => void }): ReactElement {
  return (
    <Card title="Batches" word="batch" sub="newest first">
      <ul className="cf-cardbody cf-stack" style={{ gap: 12 }}>
        {batches.slice(0, 8).map((batch) => (
          <li key={batch.id} className="cf-row cf-wrap" style={{ gap: 16 }}>
            <button type="button" className="cf-link cf-mono" style={{ width: 200, textAlign: "left" }} onClick={() => onChoose(batch.id)}>
              <span className="cf-ellipsis" style={{ display: "block" }}>{batch.id}</span>
            </button>
            <span className="cf-grow" style={{ minWidth: 120 }}><Progress share={batch.ended / batch.files} label={`Batch ${batch.id}`} /></span>
            <span className="cf-num cf-2 cf-right" style={{ minWidth: 130 }}>{countedWords(batch)}{batch.failed ? <span className="cf-error">, {count(batch.failed)} failed</span> : null}</span>
            <span className="cf-2 cf-meta cf-right cf-mid" style={{ width: 90 }}><Ago time={batch.startedAt} /></span>
            {batch.runUrl ? <RunLink url={batch.runUrl} /> : null}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function countedWords({ ended, files, isWhole }: Batch): string {
  return isWhole ? `${count(ended)} of ${plural(files, "file")}` : `${count(ended)} of at least ${plural(files, "file")}`;
}
