import type { ReactElement } from "react";
import { Card } from "../ui/basics";
import { Empty } from "../ui/states";
import { PageHead } from "./PageHead";

export default function Alerts(): ReactElement {
  return (
    <>
      <PageHead title="Alerts" />
      <Card label="Alerts">
        <Empty title="No alerts here yet">Alerts and their rules will be shown on this page. Until then, what fails is told by the bell and under Events.</Empty>
      </Card>
    </>
  );
}
