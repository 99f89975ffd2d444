import { scanLocation } from "../../api/connections";
import { KEYS, useWrite } from "../../api/queries";
import { useToast } from "../../ui/toasts";

/** Have a location listed now; what came of the wish is told wherever people are by then. */
export function useScan(): { isPending: boolean; scan: (locationId: string) => void } {
  const toast = useToast();
  const { isPending, mutate } = useWrite(
    scanLocation,
    [KEYS.files, KEYS.totals],
    ({ run_url }, place) => toast({ title: `${place} is being scanned`, note: "New files show up as they are found.", action: run_url ? { label: "Logs", run: () => window.open(run_url, "_blank", "noopener") } : undefined }),
    (error, place) => toast({ kind: "error", title: `${place} is not scanned`, note: error.message }),
  );
  return { isPending, scan: mutate };
}
