import type { ReactElement } from "react";
import { useSearchParams } from "react-router-dom";
import { useFileCount, useLocations } from "../api/queries";
import { plural } from "../format/format";
import { SearchField } from "../ui/controls";
import { Filters } from "../ui/Filters";
import { useTyped, useUrl } from "../ui/useUrl";
import { AGE_CHOICES, FILTERS, SIZE_CHOICES, TIER_CHOICES, countQuery } from "./fileQuery";

/** What the list of files is narrowed down by; all of it lives in the address. */
export function FileFilters(): ReactElement {
  const [params, setParams] = useSearchParams();
  const [text, setText] = useTyped("name");
  const [location, setLocation] = useUrl("location");
  const [tier, setTier] = useUrl("tier");
  const [size, setSize] = useUrl("size");
  const [read, setRead] = useUrl("read");
  const locations = useLocations();
  const matching = useFileCount(countQuery(params));
  const clear = (): void =>
    setParams((before) => {
      for (const one of FILTERS) before.delete(one);
      return before;
    });
  return (
    <Filters
      onClear={clear}
      found={matching.data && plural(matching.data.files, "file")}
      filters={[
        { name: "Location", value: location, onChange: setLocation, choices: (locations.data ?? []).map((one) => ({ value: one.location_id, label: one.location_id })) },
        { name: "Tier", value: tier, onChange: setTier, choices: TIER_CHOICES },
        { name: "Size", value: size, onChange: setSize, choices: SIZE_CHOICES },
        { name: "Last read", value: read, onChange: setRead, choices: AGE_CHOICES },
      ]}
    >
      <SearchField value={text} onChange={setText} placeholder="Part of a path" />
    </Filters>
  );
}
