import { Alert, Button, Drawer, Menu } from "@mantine/core";
import { IconChevronDown, IconShieldX } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useAccess } from "../../access/useAccess";
import { asWords } from "../../components/asWords";
import { CollectionPage } from "../../components/collection/CollectionPage";
import type { Column } from "../../components/collection/CollectionTable";
import { FilterCell } from "../../components/collection/FilterCell";
import { FilterChips } from "../../components/collection/FilterChips";
import { type Filters, useFilters } from "../../components/collection/filters";
import { filled } from "../../components/collection/searchRows";
import { FilterSelect } from "../../components/collection/Toolbar";
import { notifyDone, notifyFailure } from "../../components/notify";
import { PageLink } from "../../components/PageLink";
import { PeriodPicker } from "../../components/period/PeriodPicker";
import { Status } from "../../components/Status";
import { saveFile } from "../../components/saveFile";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/records";
import { ofEntry, Sentence } from "../sentences";
import { AuditDetails } from "./AuditDetails";
import classes from "./AuditPage.module.css";
import { type AuditQuery, type AuditRow, auditLog, auditRetention, exportAudit, verifyLog } from "./requests";

const OUTCOMES = ["ok", "denied", "failed"];

type Names = "search" | "actor" | "action" | "resource" | "source" | "request_id" | "outcome" | "period";

const NAMES: Names[] = ["search", "actor", "action", "resource", "source", "request_id", "outcome", "period"];
/** Those that are set by a click on a cell. */
const OF_CELLS = {
  actor: text.audit.actor,
  action: text.audit.action,
  resource: text.audit.resource,
  source: text.audit.from,
  request_id: text.audit.request,
};

function columnsOf(filters: Filters<Names>): Column<AuditRow>[] {
  const only = (name: Names) => (value: string) => filters.set({ [name]: value });
  return [
    { key: "at", header: text.audit.at, width: "6.5rem", cell: (row) => <When at={row.at} /> },
    { key: "what", header: text.audit.what, cell: What },
    {
      key: "actor",
      header: text.audit.actor,
      from: "md",
      width: "8rem",
      cell: ({ actor }) => <FilterCell value={actor.name || actor.kind} onFilter={only("actor")} />,
    },
    {
      key: "action",
      header: text.audit.action,
      from: "sm",
      width: "11rem",
      cell: ({ action }) => (
        <FilterCell value={action} onFilter={only("action")}>
          <span className="mono">{action}</span>
        </FilterCell>
      ),
    },
    {
      key: "from",
      header: text.audit.from,
      from: "md",
      width: "8.5rem",
      cell: ({ source }) => (
        <FilterCell value={source} onFilter={only("source")}>
          <span className="mono">{source}</span>
        </FilterCell>
      ),
    },
  ];
}

/** What was refused, or failed, shows before it is read. */
function What(row: AuditRow) {
  const parts = ofEntry(row);
  if (row.outcome === "ok") return <Sentence parts={parts} />;
  return <Status state={row.outcome} word={<Sentence parts={parts} />} />;
}

export function AuditPage() {
  const workspace = useWorkspace();
  const filters = useFilters(...NAMES);
  const opened = useFilters("row");
  const outcome = filters.values.outcome as AuditQuery["outcome"] | "";
  const query = { ...filters.values, outcome, workspace };
  // biome-ignore lint/correctness/useExhaustiveDependencies: what a click sets is the same for each set of values
  const columns = useMemo(() => columnsOf(filters), []);
  const verification = useMutation({
    mutationFn: verifyLog,
    onSuccess: ({ ok, count }) => ok && notifyDone(text.audit.verified(count)),
    onError: (error) => notifyFailure(error),
  });
  const finding = verification.data?.finding;
  return (
    <CollectionPage
      of={auditLog}
      texts={text.audit}
      filters={filters}
      query={query}
      columns={columns}
      onOpen={(row) => opened.set({ row: row.id })}
      actions={
        <>
          <VerifyButton busy={verification.isPending} verify={() => verification.mutate()} />
          <ExportMenu query={filled(query) as AuditQuery} />
        </>
      }
      toolbar={<AuditFilters filters={filters} />}
    >
      <Intro />
      {finding && (
        <Alert
          color="red"
          icon={<IconShieldX />}
          title={`${text.audit.broken} ${text.audit.brokenAt(finding.sequence)}`}
        >
          {finding.message}
        </Alert>
      )}
      <Drawer
        opened={opened.values.row !== ""}
        onClose={() => opened.set({ row: "" })}
        position="right"
        size="lg"
        title={text.audit.details}
        closeButtonProps={{ "aria-label": text.common.close }}
      >
        {opened.values.row && <AuditDetails row={opened.values.row} />}
      </Drawer>
    </CollectionPage>
  );
}

function AuditFilters({ filters }: { filters: Filters<Names> }) {
  const { period } = filters.values;
  return (
    <>
      <PeriodPicker value={period} onChange={(chosen) => filters.set({ period: chosen })} />
      <FilterSelect
        filters={filters}
        name="outcome"
        label={text.audit.outcome}
        any={text.audit.anyOutcome}
        width={130}
        data={OUTCOMES.map((value) => ({ value, label: asWords(value) }))}
      />
      <FilterChips filters={filters} names={OF_CELLS} />
    </>
  );
}

/** What the log is for, how long it goes back, and where to look for what is none of it. */
function Intro() {
  const { data: kept } = useQuery(auditRetention);
  return (
    <p className={`quiet ${classes.intro}`}>
      {text.audit.intro}{" "}
      <PageLink to="/events" search={{}} className="text-link">
        {text.events.title}
      </PageLink>
      .{kept && ` ${text.audit.kept(kept.days)} ${text.audit.searched(kept.searched)}`}
    </p>
  );
}

function VerifyButton({ busy, verify }: { busy: boolean; verify: () => void }) {
  const access = useAccess();
  if (!access.everywhere("audit:read")) return null;
  return (
    <Button variant="default" loading={busy} onClick={verify}>
      {text.audit.verify}
    </Button>
  );
}

function ExportMenu({ query }: { query: AuditQuery }) {
  const download = useMutation({
    mutationFn: async (format: "csv" | "json") =>
      saveFile(await exportAudit(query, format), `audit-log.${format}`),
    onError: (error) => notifyFailure(error),
  });
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" loading={download.isPending} rightSection={<IconChevronDown size={14} />}>
          {text.audit.export}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => download.mutate("csv")}>{text.audit.exportCsv}</Menu.Item>
        <Menu.Item onClick={() => download.mutate("json")}>{text.audit.exportJson}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
