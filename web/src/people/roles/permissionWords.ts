import { useQuery } from "@tanstack/react-query";
import { permissionsQuery } from "../../access/permissionsQuery";

/** What each permission is for, and what its resource is called; the words of the API until they have come. */
export function usePermissionWords() {
  const { data } = useQuery(permissionsQuery);
  const words = new Map(data?.map((one) => [one.permission, one.description]));
  const titles = new Map(data?.map((one) => [one.resource, one.title]));
  return {
    describe: (permission: string) => words.get(permission) ?? permission,
    title: (resource: string) => titles.get(resource) ?? resource,
  };
}
