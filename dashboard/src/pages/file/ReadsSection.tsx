import { lazy, Suspense, type ReactElement } from "react";
import { useReads } from "../../api/queries";
import type { FileRow } from "../../api/types";
import { Icon } from "../../ui/icons";
import { Tip } from "../../ui/basics";

const ReadsChart = lazy(() => import("../../charts/ReadsChart"));

export function ReadsSection({ file }: { file: FileRow }): ReactElement {
  const reads = useReads(file.file_id);
  return (
    <section>
      <h3>
        Reads per day <span className="cf-sub cf-meta cf-2" style={{ fontWeight: 400 }}>90 days</span>
        <Tip word="reads"><button type="button" className="cf-hint" aria-label="What counts as a read"><Icon name="info" size={14} /></button></Tip>
      </h3>
      <div style={{ minHeight: 150 }}>
        {reads.isError ? (
          <p className="cf-2">The access history did not come. <button type="button" className="cf-link" onClick={() => void reads.refetch()}>Try again</button></p>
        ) : reads.data?.some((day) => day.reads) ? (
          <Suspense fallback={null}><ReadsChart days={reads.data} /></Suspense>
        ) : reads.data ? (
          <p className="cf-2">No read in 90 days, as far as the access logs tell. Listings don't count.</p>
        ) : null}
      </div>
    </section>
  );
}
