import type { ReactElement } from "react";
import { Card } from "../ui/basics";
import { Empty } from "../ui/states";
import { PageHead } from "./PageHead";

export default function Performance(): ReactElement {
  return (
    <>
      <PageHead title="Performance" />
      <Card label="Performance">
        <Empty title="No measurements here yet">Times and throughput of migrations will be shown on this page. Until then, each move shows its speed under Migrations.</Empty>
      </Card>
    </>
  );
}
