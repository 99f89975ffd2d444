import Button from "@mui/material/Button";
import Dialog from "@mui/material/Dialog";
import IconButton from "@mui/material/IconButton";
import type { ReactElement } from "react";
import { applyRecommendations } from "../api/actions";
import { KEYS, usePathOf, useProviderOf, useWrite } from "../api/queries";
import type { Recommendation } from "../api/types";
import { bytes, money, plural } from "../format/format";
import { Cloud, Path } from "../ui/basics";
import { Icon } from "../ui/icons";
import { MoveOf } from "./MoveOf";
import { paybackDays, paybackWords, sumOf, worstWords } from "./recommendationMath";
import { useTellStarted } from "./useTellStarted";

const SHOWN = 50;

/** Yes or no, with everything it means: files, bytes, money, the moves, and how it can be undone. */
export function ApplyDialog({ moves, onClose }: { moves: readonly Recommendation[] | null; onClose: (started: boolean) => void }): ReactElement {
  return (
    <Dialog open={Boolean(moves?.length)} onClose={() => onClose(false)} aria-labelledby="cf-apply">
      {moves?.length ? <Apply moves={moves} onClose={onClose} /> : null}
    </Dialog>
  );
}

function Apply({ moves, onClose }: { moves: readonly Recommendation[]; onClose: (started: boolean) => void }): ReactElement {
  const pathOf = usePathOf();
  const providerOf = useProviderOf();
  const tell = useTellStarted();
  const sum = sumOf(moves);
  const apply = useWrite(applyRecommendations, [KEYS.recommendations, KEYS.migrations], (started) => {
    tell(started, moves.length, (rest) => `${plural(rest, "file")} not started`);
    onClose(true);
  });
  const confirm = (): void => apply.mutate(moves.map((move) => move.recommendation_id));
  return (
    <div className="cf-dialog">
      <div className="cf-row" style={{ alignItems: "flex-start" }}>
        <div className="cf-grow">
          <h2 id="cf-apply">Apply {plural(moves.length, "move")}?</h2>
          <p className="cf-2">{plural(moves.length, "file")}, {bytes(sum.size, true)}. Starts now. Files stay readable throughout.</p>
        </div>
        <IconButton aria-label="Close" onClick={() => onClose(false)}><Icon name="close" /></IconButton>
      </div>
      <Trio moves={moves} />
      <ul className="cf-moves" aria-label="The moves">
        {moves.slice(0, SHOWN).map((move) => (
          <li key={move.recommendation_id}>
            <Cloud provider={providerOf(move.location_id)} />
            <span className="cf-grow" style={{ display: "flex" }}><Path path={pathOf(move)} /></span>
            <MoveOf row={move} />
            <span className="cf-num cf-2 cf-right" style={{ width: 64 }}>{money(move.saves_per_month, true)}</span>
          </li>
        ))}
        {moves.length > SHOWN && <li className="cf-2">and {plural(moves.length - SHOWN, "more move", "more moves")}</li>}
      </ul>
      <p className="cf-2 cf-meta">A copy is verified before the original is let go. Under Migrations each move can be cancelled before its switch and rolled back while the original is kept.</p>
      {apply.isError && <div className="cf-banner" data-kind="error" role="alert"><Icon name="alert" /> <span className="cf-grow">{apply.error.message}</span></div>}
      <div className="cf-row cf-foot">
        <span className="cf-meta cf-2 cf-grow">Recorded as applied by you</span>
        <div className="cf-row">
          <Button onClick={() => onClose(false)}>Cancel</Button>
          <Button variant="contained" color="primary" onClick={confirm} loading={apply.isPending}>
            {`Apply and pay ${money(sum.once, true)}`}
          </Button>
        </div>
      </div>
    </div>
  );
}

function Trio({ moves }: { moves: readonly Recommendation[] }): ReactElement {
  const sum = sumOf(moves);
  const back = paybackDays(sum.saves, sum.once);
  return (
    <>
      <dl className="cf-trio">
        <div><dt>You save</dt><dd className="cf-ok">{money(sum.saves, true)}<small>every month</small></dd></div>
        <div><dt>You pay</dt><dd>{money(sum.once, true)}<small>once</small></dd></div>
        <div><dt>Pays back in</dt><dd>{paybackWords(back)}<small>&nbsp;</small></dd></div>
      </dl>
      <div className="cf-lines">
        <div><span className="cf-2">Worst case, if all files get as busy as in their busiest month</span><span className={`cf-num ${sum.worst < 0 ? "cf-error" : ""}`}>{worstWords(sum.worst)}</span></div>
      </div>
    </>
  );
}
