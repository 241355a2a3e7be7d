import { Button, Select } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useAccess } from "../../access/useAccess";
import { dialog } from "../../components/dialog";
import { Empty } from "../../components/Empty";
import { useFilters } from "../../components/filters";
import { PageFrame, Panel } from "../../components/PageFrame";
import { SearchField, Toolbar } from "../../components/Toolbar";
import { text } from "../../text";
import { KeyTable } from "./KeyTable";
import { NewKeyForm } from "./NewKey";

export function KeysPage() {
  const access = useAccess();
  const seesAll = access.somewhere("key:read");
  const { filters, set, filtered, clear } = useFilters("search", "state", "whose", "sort");
  const actions = (
    <>
      <Button
        variant="default"
        leftSection={<IconPlus size={15} />}
        onClick={() => dialog(text.keys.createPersonal, (close) => <NewKeyForm personal close={close} />)}
      >
        {text.keys.createPersonal}
      </Button>
      {access.somewhere("key:write") && (
        <Button
          leftSection={<IconPlus size={15} />}
          onClick={() =>
            dialog(text.keys.createService, (close) => <NewKeyForm personal={false} close={close} />)
          }
        >
          {text.keys.createService}
        </Button>
      )}
    </>
  );
  return (
    <PageFrame title={text.keys.title} actions={actions}>
      <Panel flush>
        <Toolbar filtered={filtered} onClear={clear}>
          <SearchField
            value={filters.search}
            onChange={(search) => set({ search })}
            placeholder={text.keys.search}
          />
          <Select
            size="xs"
            w={140}
            aria-label={text.keys.state}
            placeholder={text.keys.anyState}
            clearable
            data={Object.entries(text.keys.states).map(([value, label]) => ({ value, label }))}
            value={filters.state || null}
            onChange={(state) => set({ state: state ?? "" })}
          />
          {seesAll && (
            <Select
              size="xs"
              w={170}
              aria-label={text.keys.owner}
              allowDeselect={false}
              data={[
                { value: "", label: text.keys.all },
                { value: "mine", label: text.keys.mine },
              ]}
              value={filters.whose}
              onChange={(whose) => set({ whose: whose ?? "" })}
            />
          )}
        </Toolbar>
        <KeyTable
          filters={seesAll ? filters : { ...filters, whose: "mine" }}
          filtered={filtered}
          onSort={(sort) => set({ sort })}
          empty={<Empty title={text.keys.emptyTitle}>{text.keys.emptyText}</Empty>}
        />
      </Panel>
    </PageFrame>
  );
}
