import { Group, Stack, Table, Text } from "@mantine/core";
import { Copyable } from "../../components/Copyable";
import { Field, Fields } from "../../components/Fields";
import { Loaded } from "../../components/Loaded";
import { PageLink } from "../../components/PageLink";
import { ResourceLink } from "../../components/ResourceLink";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/records";
import { ofEntry, Sentence } from "../sentences";
import classes from "./AuditDetails.module.css";
import { differences } from "./difference";
import { type AuditRow, auditRowQuery } from "./requests";

/** One row of the log, and what it changed. */
export function AuditDetails({ row }: { row: string }) {
  return <Loaded query={auditRowQuery(row)}>{(details) => <Details row={details} />}</Loaded>;
}

/** The list, narrowed to what has to do with this entry. */
function Related({ row }: { row: AuditRow }) {
  const { request_id, actor, resource } = row;
  return (
    <Group gap="md">
      {request_id && <RelatedLink search={{ request_id }}>{text.audit.sameRequest}</RelatedLink>}
      {resource.id && (
        <RelatedLink search={{ resource: resource.id }}>{text.audit.aboutResource}</RelatedLink>
      )}
      {actor.id && <RelatedLink search={{ actor: actor.id }}>{text.audit.byActor}</RelatedLink>}
    </Group>
  );
}

function RelatedLink({ search, children }: { search: Record<string, string>; children: string }) {
  return (
    <PageLink to="/audit" search={search} className="text-link">
      {children}
    </PageLink>
  );
}

function Details({ row }: { row: AuditRow }) {
  const changed = differences(row.before, row.after);
  return (
    <Stack gap="md">
      <Text size="sm" fw={500}>
        <Sentence parts={ofEntry(row)} />
      </Text>
      <Related row={row} />
      <Fields>
        <Field name={text.audit.action}>
          <span className="mono">{row.action}</span>
        </Field>
        <Field name={text.audit.outcome}>
          <Status state={row.outcome} />
        </Field>
        <Field name={text.audit.actor}>
          <ResourceLink kind={row.actor.kind} id={row.actor.id} name={row.actor.name} />{" "}
          <span className="quiet">{row.actor.kind}</span>
        </Field>
        <Field name={text.audit.resource}>
          <ResourceLink {...row.resource} /> <span className="quiet">{row.resource.kind}</span>
        </Field>
        <Field name={text.audit.at}>
          <When at={row.at} />
        </Field>
        {row.source && (
          <Field name={text.audit.from}>
            <Copyable value={row.source} what={text.audit.from} />
          </Field>
        )}
        {row.request_id && (
          <Field name={text.audit.request}>
            <Copyable value={row.request_id} what={text.audit.request} />
          </Field>
        )}
        <Field name={text.audit.sequence}>{row.sequence}</Field>
        <Field name={text.audit.hash}>
          <Copyable value={row.hash} shown={`${row.hash.slice(0, 16)}…`} what={text.audit.hash} />
        </Field>
      </Fields>
      {changed.length === 0 ? (
        <span className="quiet">{text.audit.noDiff}</span>
      ) : (
        <Table className={classes.diff}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{text.audit.field}</Table.Th>
              <Table.Th>{text.audit.before}</Table.Th>
              <Table.Th>{text.audit.after}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {changed.map(({ field, before, after }) => (
              <Table.Tr key={field}>
                <Table.Td className="mono">{field}</Table.Td>
                <Table.Td
                  className={`mono ${classes.before}`}
                  data-absent={before === undefined || undefined}
                >
                  {before ?? text.audit.absent}
                </Table.Td>
                <Table.Td className={`mono ${classes.after}`} data-absent={after === undefined || undefined}>
                  {after ?? text.audit.absent}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  );
}
