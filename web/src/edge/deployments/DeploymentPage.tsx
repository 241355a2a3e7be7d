import { Progress, Table } from "@mantine/core";
import { Copyable } from "../../components/Copyable";
import { ResourcePage } from "../../components/collection/ResourcePage";
import { Field, Fields } from "../../components/Fields";
import { Panel } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { SidewaysTable } from "../../components/PanelRows";
import { Status } from "../../components/Status";
import { When } from "../../components/When";
import { text } from "../../text/edge";
import { ServedVersion } from "../edges/ServedPanel";
import { ObjectLink } from "../objects/Notes";
import { DeploymentActions } from "./DeploymentActions";
import { servedBy, TONES, wavesOf, whatIn } from "./progress";
import { type DeployedObject, type Deployment, type DeploymentNode, deployments } from "./requests";

const words = text.deployments;

interface Shown {
  deployment: Deployment;
}

/** What came of a deployment on each edge, as it comes. */
export function DeploymentPage() {
  return (
    <ResourcePage
      of={deployments}
      listTitle={words.title}
      title={({ objects }) => whatIn(objects)}
      beside={({ state }) => <Status state={state} />}
      actions={(deployment) => <DeploymentActions deployment={deployment} />}
    >
      {(deployment) => (
        <>
          <About deployment={deployment} />
          {wavesOf(deployment.nodes).map(([wave, nodes]) => (
            <Panel
              key={wave}
              flush
              title={wave === 1 && isCanary(deployment) ? words.canary : words.wave(wave)}
              aside={<span className="quiet">{words.served(servedBy({ nodes }), nodes.length)}</span>}
            >
              <Nodes nodes={nodes} />
            </Panel>
          ))}
        </>
      )}
    </ResourcePage>
  );
}

function isCanary({ canary, nodes }: Deployment): boolean {
  return canary && nodes.length > 1;
}

function About({ deployment }: Shown) {
  return (
    <Panel title={text.common.details}>
      <Fields>
        <Field name={text.common.id}>
          <Copyable value={deployment.id} what={text.common.id} />
        </Field>
        <Field name={text.common.workspace}>{deployment.workspace}</Field>
        <Field name={words.objects}>
          <Objects objects={deployment.objects} />
        </Field>
        <Field name={words.order}>
          {deployment.canary || deployment.wave > 0
            ? words.orders(deployment.canary, deployment.wave)
            : words.allAtOnce}
        </Field>
        <Field name={words.by}>{deployment.created_by}</Field>
        <Field name={words.at}>
          <When at={deployment.created_at} />
        </Field>
        {deployment.ended_at && (
          <Field name={words.ended}>
            <When at={deployment.ended_at} />
          </Field>
        )}
        <Field name={words.operation}>
          <PageLink to={`/operations/${deployment.operation_id}`} className="row-link">
            {deployment.operation_id}
          </PageLink>
        </Field>
      </Fields>
    </Panel>
  );
}

function Objects({ objects }: { objects: readonly DeployedObject[] }) {
  return objects.map(({ owner, name, version }, at) => {
    const [kind = "", id = ""] = owner.split("/");
    return (
      <span key={owner}>
        {at > 0 && ", "}
        {version === 0 ? (
          words.version(name, version)
        ) : (
          <>
            <ObjectLink kind={kind} id={id} name={name} /> {version}
          </>
        )}
      </span>
    );
  });
}

function Nodes({ nodes }: { nodes: DeploymentNode[] }) {
  return (
    <SidewaysTable minWidth={440}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w="12rem">{words.edge}</Table.Th>
            <Table.Th>{words.result}</Table.Th>
            <Table.Th w="9rem">{words.ended}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {nodes.map((node) => (
            <NodeRow key={node.node_id} node={node} />
          ))}
        </Table.Tbody>
      </Table>
    </SidewaysTable>
  );
}

function NodeRow({ node }: { node: DeploymentNode }) {
  const { state, percent, generation, message, objects } = node;
  return (
    <Table.Tr>
      <Table.Td>
        <PageLink to={`/edges/${node.node_id}`} className="row-link">
          {node.node || node.node_id}
        </PageLink>
      </Table.Td>
      <Table.Td>
        <Status state={TONES[state]} word={words.states[state]} />
        {state === "served" && <span className="quiet"> {words.generation(generation)}</span>}
        {state === "running" && percent !== null && (
          <Progress value={percent} size="sm" aria-label={words.progress(node.node)} />
        )}
        {message && objects.length === 0 && <div className="mono">{message}</div>}
        {objects.map((object) => (
          <div key={object.owner}>
            {object.name}: <ServedVersion row={object} />
          </div>
        ))}
      </Table.Td>
      <Table.Td>{node.ended_at && <When at={node.ended_at} />}</Table.Td>
    </Table.Tr>
  );
}
