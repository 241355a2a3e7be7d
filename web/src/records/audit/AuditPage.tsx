import { Alert, Button, Drawer, Menu, Select } from "@mantine/core";
import { IconChevronDown, IconShieldX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useAccess } from "../../access/useAccess";
import { type Column, DataTable } from "../../components/DataTable";
import { Empty } from "../../components/Empty";
import { useFilters } from "../../components/filters";
import { notifyDone, notifyFailure } from "../../components/notify";
import { PageFrame, Panel } from "../../components/PageFrame";
import { Status } from "../../components/Status";
import { saveFile } from "../../components/saveFile";
import { SearchField, Toolbar } from "../../components/Toolbar";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text";
import { AuditDetails } from "./AuditDetails";
import { type AuditFilters, type AuditRow, exportAudit, listAudit, verifyLog } from "./requests";

const OUTCOMES = ["ok", "denied", "failed"];

const columns: Column<AuditRow>[] = [
  { key: "at", header: text.audit.at, width: "6.5rem", cell: (row) => <When at={row.at} /> },
  { key: "actor", header: text.audit.actor, cell: (row) => row.actor.name || row.actor.kind },
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
  const access = useAccess();
  const { filters, set, filtered, clear } = useFilters("actor", "action", "resource", "outcome", "period");
  const { filters: open, set: setOpen } = useFilters("row");
  const asked: AuditFilters = { ...filters, workspace };
  const verification = useMutation({ mutationFn: verifyLog, onError: (error) => notifyFailure(error) });
  const finding = verification.data?.finding;
  return (
    <PageFrame
      title={text.audit.title}
      actions={
        <>
          {access.everywhere("audit:read") && (
            <Button
              variant="default"
              loading={verification.isPending}
              onClick={() =>
                verification.mutate(undefined, {
                  onSuccess: ({ ok, count }) => {
                    if (ok) notifyDone(text.audit.verified(count));
                  },
                })
              }
            >
              {text.audit.verify}
            </Button>
          )}
          <ExportMenu filters={asked} />
        </>
      }
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
      <Panel flush>
        <Toolbar filtered={filtered} onClear={clear}>
          <SearchField
            value={filters.actor}
            onChange={(actor) => set({ actor })}
            placeholder={text.audit.actor}
          />
          <SearchField
            value={filters.action}
            onChange={(action) => set({ action })}
            placeholder={`${text.audit.action}: ${text.audit.actionHelp}`}
          />
          <SearchField
            value={filters.resource}
            onChange={(resource) => set({ resource })}
            placeholder={text.audit.resource}
          />
          <Select
            size="xs"
            w={130}
            aria-label={text.audit.outcome}
            placeholder={text.audit.anyOutcome}
            clearable
            data={OUTCOMES}
            value={filters.outcome || null}
            onChange={(outcome) => set({ outcome: outcome ?? "" })}
          />
          <Select
            size="xs"
            w={130}
            aria-label={text.audit.since}
            allowDeselect={false}
            data={Object.entries(text.audit.periods).map(([value, label]) => ({ value, label }))}
            value={filters.period}
            onChange={(period) => set({ period: period ?? "" })}
          />
        </Toolbar>
        <DataTable
          label={text.audit.title}
          columns={columns}
          rowId={(row) => row.id}
          queryKey={["audit-log", "list", asked]}
          load={(page, perPage) => listAudit(asked, page, perPage)}
          onOpen={(row) => setOpen({ row: row.id })}
          filtered={filtered}
          empty={<Empty title={text.audit.emptyTitle}>{text.audit.emptyText}</Empty>}
        />
      </Panel>
      <Drawer
        opened={open.row !== ""}
        onClose={() => setOpen({ row: "" })}
        position="right"
        size="lg"
        title={text.audit.details}
        closeButtonProps={{ "aria-label": text.common.close }}
      >
        {open.row && <AuditDetails row={open.row} />}
      </Drawer>
    </PageFrame>
  );
}

function ExportMenu({ filters }: { filters: AuditFilters }) {
  const run = useMutation({
    mutationFn: async (format: "csv" | "json") =>
      saveFile(await exportAudit(filters, format), `audit-log.${format}`),
    onError: (error) => notifyFailure(error),
  });
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" loading={run.isPending} rightSection={<IconChevronDown size={14} />}>
          {text.audit.export}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => run.mutate("csv")}>{text.audit.exportCsv}</Menu.Item>
        <Menu.Item onClick={() => run.mutate("json")}>{text.audit.exportJson}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
