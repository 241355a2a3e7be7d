import { useAccess } from "../../access/useAccess";
import { CreateButton } from "../../components/CreateButton";
import { useFilters } from "../../components/collection/filters";
import { FilterSelect, SearchField, Toolbar } from "../../components/collection/Toolbar";
import { Empty } from "../../components/Empty";
import { PageFrame, Panel } from "../../components/PageFrame";
import { text } from "../../text/people";
import { KeyTable } from "./KeyTable";
import { NewKeyForm } from "./NewKey";

export function KeysPage() {
  const access = useAccess();
  const seesAll = access.somewhere("key:read");
  const filters = useFilters("search", "state", "whose", "sort");
  const { search, state, whose, sort } = filters.values;
  const create = (
    <>
      <CreateButton variant="default" label={text.keys.createPersonal}>
        {(close) => <NewKeyForm personal close={close} />}
      </CreateButton>
      {access.somewhere("key:write") && (
        <CreateButton label={text.keys.createService}>
          {(close) => <NewKeyForm personal={false} close={close} />}
        </CreateButton>
      )}
    </>
  );
  return (
    <PageFrame title={text.keys.title} actions={create}>
      <Panel flush>
        <Toolbar filters={filters}>
          <SearchField
            value={search}
            onChange={(words) => filters.set({ search: words })}
            placeholder={text.keys.search}
          />
          <FilterSelect
            filters={filters}
            name="state"
            label={text.keys.state}
            any={text.keys.anyState}
            width={140}
            data={Object.entries(text.keys.states).map(([value, label]) => ({ value, label }))}
          />
          {seesAll && (
            <FilterSelect
              filters={filters}
              name="whose"
              label={text.keys.owner}
              width={170}
              data={[
                { value: "", label: text.keys.all },
                { value: "mine", label: text.keys.mine },
              ]}
            />
          )}
        </Toolbar>
        <KeyTable
          personal={!seesAll || whose === "mine"}
          search={search}
          state={state as keyof typeof text.keys.states | ""}
          sort={sort}
          onSort={(by) => filters.set({ sort: by })}
          filtered={filters.active}
          empty={
            <Empty title={text.keys.emptyTitle} action={create}>
              {text.keys.emptyText}
            </Empty>
          }
        />
      </Panel>
    </PageFrame>
  );
}
