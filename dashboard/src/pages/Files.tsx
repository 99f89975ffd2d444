import Button from "@mui/material/Button";
import { useState, type ReactElement } from "react";
import { useNavigate, useParams, Route, Routes, useSearchParams } from "react-router-dom";
import { useFileCount, useFiles, usePathOf, useProviderOf, useTotals } from "../api/queries";
import type { FileRow } from "../api/types";
import { bytes, count, plural } from "../format/format";
import { to } from "../shell/nav";
import { Ago, Card, Cloud, FileSum, Kbd, Path, TierMark } from "../ui/basics";
import { DataTable, type Column } from "../ui/DataTable";
import { Icon } from "../ui/icons";
import { Empty, Failure, MissingRest, SkeletonRows } from "../ui/states";
import { useUpload } from "../upload/UploadPanel";
import { FileDrawer } from "./FileDrawer";
import { FileFilters } from "./FileFilters";
import { AGE_CHOICES, FILTERS, SIZE_CHOICES, countQuery, fileQuery } from "./fileQuery";
import { MoveFiles } from "./MoveFiles";
import { PageHead } from "./PageHead";

export default function Files(): ReactElement {
  return (
    <Routes>
      <Route path=":id?" element={<FilesPage />} />
    </Routes>
  );
}

function FilesPage(): ReactElement {
  const { id } = useParams();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const upload = useUpload();
  const totals = useTotals();
  const [chosen, setChosen] = useState<ReadonlyMap<string, FileRow>>(new Map());
  const [moving, setMoving] = useState<readonly FileRow[] | null>(null);
  const open = (fileId: string | null): void => void navigate({ pathname: to(fileId ? `files/${encodeURIComponent(fileId)}` : "files"), search: params.toString() }, { replace: Boolean(id) });
  const toggle = (rows: readonly FileRow[], on: boolean): void =>
    setChosen((before) => {
      const next = new Map(before);
      for (const row of rows) {
        if (on) next.set(row.file_id, row);
        else next.delete(row.file_id);
      }
      return next;
    });
  return (
    <>
      <PageHead title="Files" total={totals.data ? <FileSum files={totals.data.files} size={totals.data.size_bytes} /> : null}>
        <Button variant="contained" color="primary" startIcon={<Icon name="upload" size={16} />} onClick={upload.choose} data-tour="upload">
          Upload…
        </Button>
      </PageHead>
      <FileFilters />
      <FileTable openId={id ?? null} onOpen={(row) => open(row.file_id)} chosen={chosen} toggle={toggle} />
      {chosen.size > 0 && <ChosenBar chosen={chosen} onClear={() => setChosen(new Map())} onMove={() => setMoving([...chosen.values()])} />}
      {id && <FileDrawer key={id} id={id} onClose={() => open(null)} onMove={(file) => setMoving([file])} />}
      <MoveFiles
        files={moving}
        onClose={(started) => {
          setMoving(null);
          if (started) toggle(moving ?? [], false);
        }}
      />
    </>
  );
}

interface TableProps {
  openId: string | null;
  onOpen: (row: FileRow) => void;
  chosen: ReadonlyMap<string, FileRow>;
  toggle: (rows: readonly FileRow[], on: boolean) => void;
}

function FileTable({ openId, onOpen, chosen, toggle }: TableProps): ReactElement {
  const [params, setParams] = useSearchParams();
  const pathOf = usePathOf();
  const providerOf = useProviderOf();
  const query = fileQuery(params);
  const list = useFiles(query);
  const matching = useFileCount(countQuery(params));
  const upload = useUpload();
  const navigate = useNavigate();
  const order = params.get("order") ?? "name";
  const descending = params.get("desc") === "1";
  const filtered = ["name", ...FILTERS].some((name) => params.has(name));
  const onSort = (by: string, down: boolean): void =>
    setParams((before) => {
      before.set("order", by);
      if (down) before.set("desc", "1");
      else before.delete("desc");
      return before;
    });
  const columns: Column<FileRow>[] = [
    { key: "path", head: "Path", width: "minmax(0, 1fr)", sort: "name", cell: (row) => <OpenPath path={pathOf(row)} onOpen={() => onOpen(row)} /> },
    { key: "cloud", head: "Cloud", width: "44px", cell: (row) => <Cloud provider={providerOf(row.location_id)} /> },
    { key: "tier", head: "Tier", word: "tierNow", width: "84px", sort: "tier", cell: (row) => <TierMark tier={row.tier} /> },
    { key: "class", head: "Storage class", word: "storageClass", width: "128px", wideOnly: true, cell: (row) => <span className="cf-2 cf-ellipsis" style={{ display: "block" }}>{row.storage_class}</span> },
    { key: "why", head: "Why", word: "mainReason", width: "minmax(0, 240px)", wideOnly: true, cell: (row) => <span className="cf-2 cf-ellipsis" style={{ display: "block" }} title={row.tier_reasons.join("; ")}>{row.tier_reasons[0] ?? "–"}</span> },
    { key: "modified", head: "Changed", width: "104px", right: true, wideOnly: true, sort: "modified", cell: (row) => <span className="cf-2"><Ago time={row.modified_at} /></span> },
    { key: "read", head: "Last read", word: "lastRead", width: "104px", right: true, sort: "read", cell: (row) => <span className="cf-2"><Ago time={row.last_read_at} never="never" /></span> },
    { key: "size", head: "Size", width: "76px", right: true, strong: true, sort: "size", cell: (row) => bytes(row.size_bytes) },
  ];
  const foot = (
    <>
      <span className="cf-num">
        {matching.data ? `${plural(matching.data.files, "file")}${filtered ? (matching.data.files === 1 ? " matches" : " match") : ""}, ${bytes(matching.data.size_bytes)}` : `${count(list.rows.length)} files`}
      </span>
      <span className="cf-grow" />
      <span className="cf-mid cf-row">
        <Kbd>J</Kbd> <Kbd>K</Kbd> move <Kbd>Enter</Kbd> open <Kbd>X</Kbd> select
      </span>
    </>
  );
  if (list.error) return <Card label="Files"><Failure error={list.error} what="Files" again={list.refetch} /></Card>;
  if (list.isPending) return <Card label="Files"><SkeletonRows rows={14} height={36} /></Card>;
  if (!list.rows.length) {
    return (
      <Card label="Files">
        {filtered ? (
          <Empty title="No files match" actions={<Button onClick={() => setParams({})}>Clear all filters</Button>}>
            Nothing in your catalogue fits {filterWords(params)}. Drop a filter to see more.
          </Empty>
        ) : (
          <Empty
            icon="tiers"
            title="No files yet"
            actions={
              <>
                <Button variant="outlined" onClick={upload.choose}>Upload files…</Button>
                <Button onClick={() => void navigate(to("settings/connections"))}>Connect a cloud</Button>
              </>
            }
          >
            Upload some, or connect a cloud and scan it. Nothing moves until you apply a recommendation.
          </Empty>
        )}
      </Card>
    );
  }
  return (
    <Card label="Files" foot={foot}>
      <DataTable
        label="Files"
        rows={list.rows}
        rowKey={(row) => row.file_id}
        columns={columns}
        height="max(320px, calc(100dvh - 236px))"
        rowHeight={36}
        onEnd={list.loadMore}
        openId={openId}
        onOpen={onOpen}
        sorting={{ by: order, descending, onSort }}
        selection={{ ids: new Set(chosen.keys()), label: (row) => row.name, toggle, allowed: (row) => !row.migration_id }}
        cardHeight={88}
        card={(row) => (
          <>
            <OpenPath path={pathOf(row)} onOpen={() => onOpen(row)} />
            <div className="cf-row cf-num" style={{ marginTop: 6 }}>
              <TierMark tier={row.tier} />
              <span className="cf-2">{bytes(row.size_bytes)}</span>
              <span className="cf-grow" />
              <span className="cf-2 cf-meta"><Ago time={row.last_read_at} never="never read" /></span>
            </div>
          </>
        )}
      />
      <MissingRest missing={list.missing} />
    </Card>
  );
}

function OpenPath({ path, onOpen }: { path: string; onOpen: () => void }): ReactElement {
  return (
    <button type="button" className="cf-open" onClick={onOpen}>
      <Path path={path} />
    </button>
  );
}

function filterWords(params: URLSearchParams): string {
  const words = [
    params.get("name") && `“${params.get("name") ?? ""}”`,
    params.get("location"),
    params.get("tier"),
    SIZE_CHOICES.find((choice) => choice.value === params.get("size"))?.label,
    AGE_CHOICES.find((choice) => choice.value === params.get("read"))?.label,
  ];
  return words.filter(Boolean).join(", ");
}

function ChosenBar({ chosen, onClear, onMove }: { chosen: ReadonlyMap<string, FileRow>; onClear: () => void; onMove: () => void }): ReactElement {
  const size = [...chosen.values()].reduce((sum, file) => sum + file.size_bytes, 0);
  return (
    <div className="cf-selbar" role="region" aria-label="Selected files">
      <b className="cf-strong cf-num">{count(chosen.size)} selected</b>
      <span className="cf-2 cf-num">{bytes(size)}</span>
      <span className="cf-grow" />
      <Button onClick={onClear}>Clear</Button>
      <Button variant="contained" color="primary" onClick={onMove}>
        Move {chosen.size === 1 ? "1 file" : `${count(chosen.size)} files`}…
      </Button>
    </div>
  );
}
