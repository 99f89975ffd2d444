import type { ReactElement } from "react";
import { Card } from "../ui/basics";
import { Empty } from "../ui/states";
import { PageHead } from "./PageHead";

export default function Costs(): ReactElement {
  return (
    <>
      <PageHead title="Costs" />
      <Card label="Costs">
        <Empty title="No bills here yet">What storage costs per month, and what moves saved, will be shown on this page.</Empty>
      </Card>
    </>
  );
}
