import { Table, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { SidewaysTable } from "../../components/PanelRows";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/edge";
import classes from "./LogTable.module.css";
import { askSql, type LogFilter, type SqlAnswer } from "./requests";

const words = text.accessLogs.sql;

/** One SELECT over the requests that match the filters. */
export function SqlView({ filter, range }: { filter: LogFilter; range: string }) {
  const [sql, setSql] = useState(words.example);
  const [answer, setAnswer] = useState<SqlAnswer | null>(null);
  return (
    <div className="panel-list">
      <SendForm
        submitLabel={words.run}
        buttonsAt="start"
        disabled={sql.trim() === ""}
        submit={async () => setAnswer(await askSql(filter, range, sql))}
      >
        <Textarea
          label={words.statement}
          description={words.help}
          value={sql}
          onChange={(event) => setSql(event.currentTarget.value)}
          autosize
          minRows={4}
          maxRows={20}
          maxLength={20_000}
          spellCheck={false}
          classNames={{ input: "mono" }}
        />
      </SendForm>
      {answer && <Answer answer={answer} />}
    </div>
  );
}

function Answer({ answer }: { answer: SqlAnswer }) {
  const { columns, rows, rows_read: read, took_ms: took, truncated } = answer;
  return (
    <>
      <Text size="sm" my="xs" role="status">
        {words.rows(rows.length, read, took)} {truncated && words.truncated}
      </Text>
      <section className={classes.tall} aria-label={words.result}>
        <SidewaysTable minWidth={320}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                {columns.map((column, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: two columns may have one name
                  <Table.Th key={at}>{column}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map((row, number) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a row has nothing but its place
                <Table.Tr key={number}>
                  {row.map((value, at) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: as its column
                    <Table.Td key={at} className="mono">
                      {value === null ? <span className="quiet">NULL</span> : String(value)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </SidewaysTable>
      </section>
    </>
  );
}
