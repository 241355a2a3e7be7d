import { Button, MultiSelect, NumberInput, Switch } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { PageFrame, Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { SendForm } from "../../components/SendForm";
import { useWorkspace } from "../../components/workspace";
import { useWorkspaceNames, WorkspaceChoice } from "../../people/choices";
import { text } from "../../text/edge";
import { edgeList } from "../edges/requests";
import { upstreams, virtualHosts } from "../objects/requests";
import { PlanPanel } from "./PlanPanel";
import { type DeploymentRequest, deployments, planQuery } from "./requests";

const words = text.deployments;
const PAUSE_MS = 300;

/** What shall be deployed and how, and beside it what that would change. */
export function NewDeploymentPage() {
  const { host, upstream } = useSearch({ strict: false }) as { host?: string; upstream?: string };
  const navigate = useNavigate();
  const workspaces = useWorkspaceNames("config:deploy");
  const chosen = useWorkspace();
  const form = useForm({
    initialValues: {
      workspace: chosen,
      hosts: host ? [host] : [],
      upstreams: upstream ? [upstream] : [],
      nodes: [] as string[],
      canary: false,
      wave: 0 as number | string,
    },
  });
  const body: DeploymentRequest = { ...form.values, wave: Number(form.values.wave) || 0 };
  const [asked] = useDebouncedValue(JSON.stringify(body), PAUSE_MS);
  const plan = useQuery({
    ...planQuery(JSON.parse(asked) as DeploymentRequest),
    placeholderData: keepPreviousData,
  });
  const isBlocked = plan.data?.nodes.some(({ problems }) => problems.length > 0) ?? true;
  const isAll = body.hosts?.length === 0 && body.upstreams?.length === 0;
  const submit = async () => {
    const made = await deployments.create(body);
    await navigate({ to: `/deployments/${made.id}` });
  };
  return (
    <PageFrame
      title={words.create}
      above={
        <PageLink to="/deployments" className="back-link">
          {words.title}
        </PageLink>
      }
    >
      <div className="columns">
        <SendForm
          form={form}
          submitLabel={words.create}
          buttonsAt="start"
          disabled={isBlocked || plan.data?.nodes.length === 0}
          submit={submit}
          aside={
            <Button variant="default" component={PageLink} to="/deployments">
              {text.common.cancel}
            </Button>
          }
        >
          <Panel title={words.settings}>
            <div className="stack">
              {workspaces.length > 1 && (
                <WorkspaceChoice
                  permission="config:deploy"
                  label={text.common.workspace}
                  required
                  {...form.getInputProps("workspace")}
                />
              )}
              <Choices form={form} workspace={form.values.workspace} isAll={isAll} />
              <Switch
                label={words.canaryField}
                description={words.canaryHelp}
                {...form.getInputProps("canary", { type: "checkbox" })}
              />
              <NumberInput
                label={words.waveField}
                description={words.waveHelp}
                min={0}
                max={1000}
                allowDecimal={false}
                {...form.getInputProps("wave")}
              />
            </div>
          </Panel>
        </SendForm>
        <PlanPanel plan={plan} isBehind={asked !== JSON.stringify(body) || plan.isFetching} />
      </div>
    </PageFrame>
  );
}

interface ChoicesProps {
  form: { getInputProps: (name: string) => object };
  workspace: string;
  /** Nothing is chosen, which means everything. */
  isAll: boolean;
}

/** Of one workspace, where one is chosen. */
function Choices({ form, workspace, isAll }: ChoicesProps) {
  const within = workspace ? { workspace } : {};
  const hosts = useQuery(virtualHosts.all(within)).data?.rows ?? [];
  const groups = useQuery(upstreams.all(within)).data?.rows ?? [];
  const edges = useQuery(edgeList.all(within)).data?.rows ?? [];
  const named = (rows: { id: string; name: string }[]) =>
    rows.map(({ id, name }) => ({ value: id, label: name }));
  const shared = {
    searchable: true,
    clearable: true,
    limit: 100,
    nothingFoundMessage: text.common.noMatches,
  };
  return (
    <>
      <MultiSelect
        {...shared}
        label={words.hosts}
        placeholder={isAll ? words.all : undefined}
        data={named(hosts)}
        {...form.getInputProps("hosts")}
      />
      <MultiSelect
        {...shared}
        label={words.upstreams}
        data={named(groups)}
        {...form.getInputProps("upstreams")}
      />
      <MultiSelect
        {...shared}
        label={words.onlyNodes}
        description={words.onlyNodesHelp}
        data={named(edges)}
        {...form.getInputProps("nodes")}
      />
    </>
  );
}
