import Button from "@mui/material/Button";
import type { ReactElement } from "react";
import { useNavigate } from "react-router-dom";
import { useTotals } from "../api/queries";
import { bytes, plural } from "../format/format";
import { SETTINGS, to } from "../shell/nav";
import { Card } from "../ui/basics";
import { Icon } from "../ui/icons";
import { Empty } from "../ui/states";
import { useUpload } from "../upload/UploadPanel";
import { Bytes, cloudsOf } from "./overview/Bytes";
import { Figures } from "./overview/Figures";
import { Largest } from "./overview/Largest";
import { LatestEvents, News } from "./overview/Latest";
import { Moving } from "./overview/Moving";
import { Trend } from "./overview/Trend";
import { PageHead } from "./PageHead";

export default function Overview(): ReactElement {
  const totals = useTotals();
  const upload = useUpload();
  const sums = totals.data;
  const isNew = sums?.files === 0;
  return (
    <>
      <PageHead title="Overview" total={sums ? <>{bytes(sums.size_bytes)} in {plural(sums.files, "file")}{isNew ? "" : ` across ${plural(cloudsOf(sums).length, "cloud")}`}</> : null}>
        <Button startIcon={<Icon name="upload" size={16} />} onClick={upload.choose} data-tour="upload">
          Upload…
        </Button>
      </PageHead>
      <Figures totals={totals} />
      {isNew ? (
        <Start />
      ) : (
        <>
          <div className="cf-cols">
            <Bytes totals={totals} />
            <Moving />
          </div>
          <div className="cf-cols">
            <Trend totals={sums} />
            <News />
          </div>
          <div className="cf-cols">
            <Largest />
            <LatestEvents />
          </div>
        </>
      )}
    </>
  );
}

/** First use: one next step. */
function Start(): ReactElement {
  const navigate = useNavigate();
  const upload = useUpload();
  return (
    <Card label="Start here">
      <Empty
        icon="tiers"
        title="Connect a cloud to begin"
        actions={
          <>
            <Button variant="contained" color="primary" onClick={() => void navigate(to(`${SETTINGS.path}/connections`))}>
              Connect a cloud
            </Button>
            <Button onClick={upload.choose}>Upload files…</Button>
          </>
        }
      >
        CloudFlow lists your files and learns how they are read. Nothing moves until you apply a recommendation.
      </Empty>
    </Card>
  );
}
