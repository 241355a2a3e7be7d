import { NotificationPanel } from "../correspondence/notifications";
import { OrganizationPage as Page } from "../people/organizations/OrganizationPage";

/** The page of an organization, with the notifications that its administrators can set. */
export function OrganizationPage() {
  return <Page Settings={Settings} />;
}

function Settings({ organization }: { organization: string }) {
  return <NotificationPanel organization={organization} mayWrite />;
}
