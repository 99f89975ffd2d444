import type { ReactElement } from "react";
import { Card } from "../ui/basics";
import { Empty } from "../ui/states";
import { PageHead } from "./PageHead";

export default function Settings(): ReactElement {
  return (
    <>
      <PageHead title="Settings" />
      <Card label="Settings">
        <Empty title="No settings here yet">Connections, rules and notifications will be set on this page. Until then, use the API or the command line.</Empty>
      </Card>
    </>
  );
}
