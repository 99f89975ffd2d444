import type { ReactElement } from "react";
import { usePrices, type PriceBook } from "../../api/prices";
import { day, plural } from "../../format/format";
import { Answered } from "../../ui/Answered";
import { Card, Cloud, cloudName } from "../../ui/basics";
import { Range } from "../../ui/controls";
import { SmallSelect } from "../../ui/form";
import { Empty } from "../../ui/states";
import { useUrl } from "../../ui/useUrl";
import { amount, bandWords, cellOf, meterName, METERS, oldest, perWords, shelvesOf, unitOf } from "./priceMath";

/** What each cloud asks, as published: what every saving on these pages is worked out with. */
export default function Prices(): ReactElement {
  const prices = usePrices();
  return (
    <Answered query={prices} what="Prices" missing="The price books are in use, but this server does not show them." loading={<Card title="Prices"><Answered query={{ ...prices, data: undefined, error: null }} what="Prices">{() => null}</Answered></Card>}>
      {(books) => (books.length ? <Books books={books} /> : <Card title="Prices"><Empty title="No price books">Without one, savings cannot be worked out.</Empty></Card>)}
    </Answered>
  );
}

function Books({ books }: { books: readonly PriceBook[] }): ReactElement | null {
  const [name, setName] = useUrl("book");
  const book = books.find((one) => one.name === name) ?? books[0];
  if (!book) return null;
  const since = oldest(book);
  return (
    <div className="cf-stack" style={{ gap: 16 }}>
      <Card
        title={<span className="cf-row"><Cloud provider={book.provider} /> {cloudName(book.provider)}, {book.region}</span>}
        label={`Prices of ${book.name}`}
        sub={`US dollars${since ? `, read since ${day(since)} ${since.slice(0, 4)}` : ""}`}
        side={<span style={{ marginLeft: "auto" }}><Range label="Price book" value={book.name} choices={books.map((one) => ({ value: one.name, label: one.name }))} onChange={setName} /></span>}
        foot={<span>First band of each price. 1 {book.unit_name} here is {book.unit_bytes.toLocaleString("en-US")} bytes. A dash: free of charge.</span>}
      >
        <Overview book={book} />
      </Card>
      <Lines key={book.name} book={book} />
    </div>
  );
}

function Overview({ book }: { book: PriceBook }): ReactElement {
  const meters = METERS.filter(({ meter }) => book.lines.some((line) => line.meter === meter && line.storage_class));
  return (
    // A wide table scrolls inside its card; a keyboard has to reach it.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="cf-plainbox" tabIndex={0} role="region" aria-label="Prices by storage class">
      <table className="cf-plain">
        <thead>
          <tr>
            <th scope="col">Storage class</th>
            {meters.map(({ meter, head }) => (
              <th key={meter} scope="col" data-right="">
                {head}
                <span className="cf-3" style={{ display: "block", fontWeight: 400 }}>{unitOf(book, meter)}</span>
              </th>
            ))}
            <th scope="col" data-right="">Stays at least</th>
          </tr>
        </thead>
        <tbody>
          {book.classes.map((one) => (
            <tr key={one.name}>
              <td data-name="">
                {one.name}
                {!one.instant && <span className="cf-chip" style={{ marginLeft: 8 }}>restore first</span>}
                {one.managed && <span className="cf-chip" style={{ marginLeft: 8 }}>moves by itself</span>}
              </td>
              {meters.map(({ meter }) => (
                <td key={meter} data-right="" data-strong={meter === "storage" ? "" : undefined}>{cellOf(book, one.name, meter)}</td>
              ))}
              <td data-right="">{one.minimum_days ? plural(one.minimum_days, "day") : "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const ALL = "*";
const ACCOUNT = "account";

function Lines({ book }: { book: PriceBook }): ReactElement {
  const [chosen, setChosen] = useUrl("class");
  const names = book.classes.map((one) => one.name);
  const known = chosen && [ACCOUNT, ...names].includes(chosen) ? chosen : ALL;
  const shelves = shelvesOf(book, known === ALL ? null : known === ACCOUNT ? "" : known);
  return (
    <Card
      title="Every line"
      sub="with its source and the day it was read"
      side={
        <span style={{ marginLeft: "auto" }}>
          <SmallSelect label="Storage class" value={known} onChange={(value) => setChosen(value === ALL ? null : value)} options={[{ value: ALL, label: "All classes" }, { value: ACCOUNT, label: "Account as a whole" }, ...names.map((name) => ({ value: name, label: name }))]} />
        </span>
      }
    >
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div className="cf-plainbox" tabIndex={0} role="region" aria-label="Price lines" style={{ maxHeight: 560 }}>
        <table className="cf-plain">
          <thead>
            <tr>
              <th scope="col">Class</th>
              <th scope="col">Price for</th>
              <th scope="col" data-right="">Price</th>
              <th scope="col">Unit</th>
              <th scope="col">Source</th>
              <th scope="col" data-right="">Read</th>
            </tr>
          </thead>
          <tbody>
            {shelves.flatMap((shelf) =>
              shelf.lines.map((line, place) => (
                <tr key={`${shelf.key}-${place}`}>
                  <td data-name="">{place ? "" : shelf.storageClass || "Account"}</td>
                  <td>
                    {place ? "" : meterName(shelf.meter)}
                    {shelf.option && !place ? `, ${shelf.option}` : ""}
                    {bandWords(shelf.lines, place) && <span className="cf-meta cf-3" style={{ display: "block" }}>{bandWords(shelf.lines, place)}</span>}
                  </td>
                  <td data-right="" data-strong="">{amount(line)}</td>
                  <td className="cf-nowrap">{perWords(line)}</td>
                  <td className="cf-meta" style={{ minWidth: 180 }}>{book.sources[line.source] ?? line.source}</td>
                  <td data-right="" className="cf-nowrap">{day(line.seen)} {line.seen.slice(0, 4)}</td>
                </tr>
              )),
            )}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
