import { lazyPage } from "../components/lazily";

// Every page: a file of its own, loaded when it is first opened.
export const FleetPage = lazyPage(() => import("../fleet/FleetPage"), "FleetPage");
export const NodesPage = lazyPage(() => import("../fleet/nodes/NodesPage"), "NodesPage");
export const JoinPage = lazyPage(() => import("../fleet/nodes/JoinPage"), "JoinPage");
export const NodePage = lazyPage(() => import("../fleet/nodes/NodePage"), "NodePage");
export const MeshPage = lazyPage(() => import("../fleet/mesh/MeshPage"), "MeshPage");
export const TasksPage = lazyPage(() => import("../fleet/tasks/TasksPage"), "TasksPage");
export const NewTaskPage = lazyPage(() => import("../fleet/tasks/NewTaskPage"), "NewTaskPage");
export const TaskPage = lazyPage(() => import("../fleet/tasks/TaskPage"), "TaskPage");
export const OperationsPage = lazyPage(() => import("../fleet/operations/OperationsPage"), "OperationsPage");
export const OperationPage = lazyPage(() => import("../fleet/operations/OperationPage"), "OperationPage");
export const ArtifactsPage = lazyPage(() => import("../fleet/artifacts/ArtifactsPage"), "ArtifactsPage");
export const ArtifactPage = lazyPage(() => import("../fleet/artifacts/ArtifactPage"), "ArtifactPage");
export const AuditPage = lazyPage(() => import("../records/audit/AuditPage"), "AuditPage");
export const SettingsPage = lazyPage(() => import("../appliance/settings/SettingsPage"), "SettingsPage");
export const UsersPage = lazyPage(() => import("../people/identity/UsersPage"), "UsersPage");
export const UserPage = lazyPage(() => import("../people/identity/UserPage"), "UserPage");
export const GroupsPage = lazyPage(() => import("../people/roles/GroupsPage"), "GroupsPage");
export const GroupPage = lazyPage(() => import("../people/roles/GroupPage"), "GroupPage");
export const RolesPage = lazyPage(() => import("../people/roles/RolesPage"), "RolesPage");
export const RolePage = lazyPage(() => import("../people/roles/RolePage"), "RolePage");
export const GrantsPage = lazyPage(() => import("../people/roles/GrantsPage"), "GrantsPage");
export const KeysPage = lazyPage(() => import("../people/keys/KeysPage"), "KeysPage");
export const AccountPage = lazyPage(() => import("../people/identity/AccountPage"), "AccountPage");
export const InvitesPage = lazyPage(() => import("../correspondence/invites/InvitesPage"), "InvitesPage");
export const OrganizationsPage = lazyPage(
  () => import("../people/organizations/OrganizationsPage"),
  "OrganizationsPage",
);
export const OrganizationPage = lazyPage(() => import("./OrganizationPage"), "OrganizationPage");
export const SecretsPage = lazyPage(() => import("../trust/secrets/SecretsPage"), "SecretsPage");
export const SecretPage = lazyPage(() => import("../trust/secrets/SecretPage"), "SecretPage");
export const EventsPage = lazyPage(() => import("../records/event_log/EventsPage"), "EventsPage");
export const VirtualHostsPage = lazyPage(
  () => import("../edge/virtual_hosts/VirtualHostsPage"),
  "VirtualHostsPage",
);
export const VirtualHostPage = lazyPage(
  () => import("../edge/virtual_hosts/VirtualHostPage"),
  "VirtualHostPage",
);
export const EditVirtualHostPage = lazyPage(
  () => import("../edge/virtual_hosts/EditVirtualHostPage"),
  "EditVirtualHostPage",
);
export const UpstreamsPage = lazyPage(() => import("../edge/upstreams/UpstreamsPage"), "UpstreamsPage");
export const UpstreamPage = lazyPage(() => import("../edge/upstreams/UpstreamPage"), "UpstreamPage");
export const EditUpstreamPage = lazyPage(
  () => import("../edge/upstreams/EditUpstreamPage"),
  "EditUpstreamPage",
);
export const CertificatesPage = lazyPage(
  () => import("../edge/certificates/CertificatesPage"),
  "CertificatesPage",
);
export const CertificatePage = lazyPage(
  () => import("../edge/certificates/CertificatePage"),
  "CertificatePage",
);
export const TemplatesPage = lazyPage(() => import("../edge/templates/TemplatesPage"), "TemplatesPage");
export const TemplatePage = lazyPage(() => import("../edge/templates/TemplatePage"), "TemplatePage");
export const EditTemplatePage = lazyPage(
  () => import("../edge/templates/EditTemplatePage"),
  "EditTemplatePage",
);
export const EdgesPage = lazyPage(() => import("../edge/edges/EdgesPage"), "EdgesPage");
export const DeploymentsPage = lazyPage(
  () => import("../edge/deployments/DeploymentsPage"),
  "DeploymentsPage",
);
export const DeploymentPage = lazyPage(() => import("../edge/deployments/DeploymentPage"), "DeploymentPage");
export const NewDeploymentPage = lazyPage(
  () => import("../edge/deployments/NewDeploymentPage"),
  "NewDeploymentPage",
);
export const AccessLogsPage = lazyPage(() => import("../edge/access_logs/AccessLogsPage"), "AccessLogsPage");
export const EdgePage = lazyPage(() => import("../edge/edges/EdgePage"), "EdgePage");
export const DocumentationPage = lazyPage(
  () => import("../appliance/documentation/DocumentationPage"),
  "DocumentationPage",
);
