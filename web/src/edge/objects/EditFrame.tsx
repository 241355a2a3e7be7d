import { Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { notifyDone } from "../../components/notify";
import { PageFrame } from "../../components/PageFrame";
import { PageLink } from "../../components/PageLink";
import { SendForm } from "../../components/SendForm";
import { text } from "../../text/edge";
import classes from "./EditFrame.module.css";
import type { EdgeObject, Versioned } from "./requests";

interface EditFrameProps<Object extends EdgeObject> {
  of: Versioned;
  listTitle: string;
  title: string;
  /** What is edited; absent: a new one is made. */
  object?: EdgeObject | undefined;
  disabled: boolean;
  save: () => Promise<Object>;
  fields: ReactNode;
  /** Beside the fields, or below where there is no room. */
  beside: ReactNode;
}

/** The page on which an object is made or changed: fields, and what becomes of them. */
export function EditFrame<Object extends EdgeObject>(props: EditFrameProps<Object>) {
  const { of, object } = props;
  const navigate = useNavigate();
  const back = object === undefined ? `/${of.name}` : `/${of.name}/${object.id}`;
  const submit = async () => {
    const saved = await props.save();
    notifyDone(doneText(object, saved));
    await navigate({ to: `/${of.name}/${saved.id}` });
  };
  return (
    <PageFrame
      title={props.title}
      above={
        <PageLink to={back} className="back-link">
          {object?.name ?? props.listTitle}
        </PageLink>
      }
    >
      <div className="columns">
        <SendForm
          submitLabel={object === undefined ? text.common.create : text.common.save}
          buttonsAt="start"
          disabled={props.disabled}
          submit={submit}
          aside={
            <Button variant="default" component={PageLink} to={back}>
              {text.common.cancel}
            </Button>
          }
        >
          {props.fields}
        </SendForm>
        <div className={`stack ${classes.beside}`}>{props.beside}</div>
      </div>
    </PageFrame>
  );
}

function doneText(before: EdgeObject | undefined, saved: EdgeObject): string {
  if (before === undefined) return text.objects.created(saved.name);
  return saved.version === before.version
    ? text.objects.unchanged(saved.name)
    : text.objects.saved(saved.name, saved.version);
}
