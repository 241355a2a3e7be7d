import type { ReactNode } from "react";
import { Copyable } from "../../components/Copyable";
import { Field, Fields, OrNone } from "../../components/Fields";
import { Labels } from "../../components/Labels";
import { Panel } from "../../components/PageFrame";
import { When } from "../../components/When";
import { text } from "../../text/edge";
import type { EdgeObject } from "./requests";

/** What every object of the edge has, and what is its own. */
export function About({
  object,
  list,
  children,
}: {
  object: EdgeObject;
  list: string;
  children?: ReactNode;
}) {
  return (
    <Panel title={text.common.details}>
      <Fields>
        <Field name={text.common.id}>
          <Copyable value={object.id} what={text.common.id} />
        </Field>
        <Field name={text.common.workspace}>{object.workspace}</Field>
        <Field name={text.common.description}>
          <OrNone value={object.description} />
        </Field>
        <Field name={text.common.labels}>
          <Labels labels={object.labels} list={list} />
        </Field>
        {children}
        <Field name={text.objects.version}>{object.version}</Field>
        <Field name={text.objects.updated}>
          <When at={object.updated_at} />, {object.updated_by}
        </Field>
        <Field name={text.common.created}>
          <When at={object.created_at} />, {object.created_by}
        </Field>
      </Fields>
    </Panel>
  );
}
