import { useAccess } from "../../access/useAccess";
import { CreateButton } from "../../components/CreateButton";
import { CollectionPage } from "../../components/collection/CollectionPage";
import type { Column } from "../../components/collection/CollectionTable";
import { useFilters } from "../../components/collection/filters";
import { LabelFilter } from "../../components/collection/LabelFilter";
import { DialogButton } from "../../components/dialog";
import { Labels } from "../../components/Labels";
import { When } from "../../components/When";
import { useWorkspace } from "../../components/workspace";
import { text } from "../../text/edge";
import { CertificateState } from "./CertificateState";
import { OrderCertificate } from "./OrderCertificate";
import { type Certificate, certificates } from "./requests";
import { UploadCertificate } from "./UploadCertificate";

const words = text.certificates;

const columns: Column<Certificate>[] = [
  { key: "name", header: text.common.name, sort: "name", link: true, cell: ({ name }) => name },
  {
    key: "state",
    header: text.common.state,
    width: "9rem",
    cell: (certificate) => <CertificateState certificate={certificate} />,
  },
  {
    key: "names",
    header: words.names,
    from: "sm",
    cell: ({ names, issuance }) => (names.length > 0 ? names : (issuance?.domains ?? [])).join(", "),
  },
  {
    key: "until",
    header: words.until,
    sort: "not_after",
    from: "sm",
    width: "8rem",
    cell: ({ not_after: at }) => <When at={at} absent="" />,
  },
  { key: "issuer", header: words.issuer, from: "lg", cell: ({ issuer }) => issuer },
  {
    key: "workspace",
    header: text.common.workspace,
    from: "md",
    width: "12rem",
    cell: (row) => row.workspace,
  },
  {
    key: "labels",
    header: text.common.labels,
    from: "lg",
    cell: ({ labels }) => <Labels labels={labels} oneLine list="/certificates" />,
  },
];

export function CertificatesPage() {
  const access = useAccess();
  const workspace = useWorkspace();
  const filters = useFilters("search", "label", "sort");
  const { label, sort } = filters.values;
  return (
    <CollectionPage
      of={certificates}
      texts={words}
      filters={filters}
      query={{ label, sort, workspace }}
      wordsOf={({ name, description, names }) => [name, description, ...names]}
      columns={columns}
      create={
        access.somewhere("certificate:write") && (
          <>
            <DialogButton label={words.upload} size="lg">
              {(close) => <UploadCertificate workspace={workspace} close={close} />}
            </DialogButton>
            <CreateButton label={words.order}>
              {(close) => <OrderCertificate workspace={workspace} close={close} />}
            </CreateButton>
          </>
        )
      }
      toolbar={<LabelFilter filters={filters} list={certificates.name} />}
    />
  );
}
