import { Alert, Button, Drawer, Menu } from "@mantine/core";
import { IconChevronDown, IconShieldX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { asWords } from "../../components/asWords";
import { CollectionPage } from "../../components/collection/CollectionPage";
import type { Column } from "../../components/collection/CollectionTable";
import { type Filters, useFilters } from "../../components/collection/filters";
import { filled } from "../../components/collection/searchRows";
import { FilterSelect, SearchField } from "../../components/collection/Toolbar";
import { notifyDone, notifyFailure } from "../../components/notify";
import { Status } from "../../components/Status";
import { saveFile } from "../../components/saveFile";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/records";
import { AuditDetails } from "./AuditDetails";
import { type AuditQuery, type AuditRow, auditLog, exportAudit, verifyLog } from "./requests";

const OUTCOMES = ["ok", "denied", "failed"];

const columns: Column<AuditRow>[] = [
  { key: "at", header: text.audit.at, width: "5.5rem", cell: (row) => <When at={row.at} /> },
  { key: "actor", header: text.audit.actor, width: "24%", cell: (row) => row.actor.name || row.actor.kind },
  {
    key: "action",
    header: text.audit.action,
    // Where there is no room for the outcome, what was refused shows here.
    cell: (row) =>
      row.outcome === "ok" ? (
        <span className="mono">{row.action}</span>
      ) : (
        <Status state={row.outcome} word={row.action} />
      ),
  },
  {
    key: "resource",
    header: text.audit.resource,
    from: "sm",
    cell: (row) => (
      <>
        <span className="quiet">{row.resource.kind}</span> {row.resource.name || row.resource.id}
      </>
    ),
  },
  {
    key: "outcome",
    header: text.audit.outcome,
    from: "sm",
    width: "7rem",
    cell: (row) => <Status state={row.outcome} />,
  },
  {
    key: "from",
    header: text.audit.from,
    from: "md",
    width: "10rem",
    cell: (row) => <span className="mono">{row.source}</span>,
  },
];

export function AuditPage() {
  const workspace = useWorkspace();
  const filters = useFilters("actor", "action", "resource", "outcome", "period");
  const opened = useFilters("row");
  const outcome = filters.values.outcome as AuditQuery["outcome"] | "";
  const query = { ...filters.values, outcome, workspace };
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

type Names = "actor" | "action" | "resource" | "outcome" | "period";

function AuditFilters({ filters }: { filters: Filters<Names> }) {
  const { actor, action, resource } = filters.values;
  return (
    <>
      <SearchField
        value={actor}
        onChange={(words) => filters.set({ actor: words })}
        placeholder={text.audit.actor}
      />
      <SearchField
        value={action}
        onChange={(words) => filters.set({ action: words })}
        placeholder={`${text.audit.action}: ${text.audit.actionHelp}`}
      />
      <SearchField
        value={resource}
        onChange={(words) => filters.set({ resource: words })}
        placeholder={text.audit.resource}
      />
      <FilterSelect
        filters={filters}
        name="outcome"
        label={text.audit.outcome}
        any={text.audit.anyOutcome}
        width={130}
        data={OUTCOMES.map((value) => ({ value, label: asWords(value) }))}
      />
      <FilterSelect
        filters={filters}
        name="period"
        label={text.audit.since}
        width={130}
        data={Object.entries(text.audit.periods).map(([value, label]) => ({ value, label }))}
      />
    </>
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
