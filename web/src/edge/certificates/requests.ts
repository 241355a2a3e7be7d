import { api, dataOf } from "../../api/client";
import { collection } from "../../api/collection";
import type { Schema } from "../../api/types";

export type Certificate = Schema<"EdgeCertificateView">;

export const certificates = collection("/api/v1/certificates/{certificate}");

/** Makes the certificate; it has no version before the authority has issued one. */
export function orderCertificate(body: Schema<"CertificateOrder">) {
  return certificates.refreshAfter(dataOf(api.POST("/api/v1/certificates/issue", { body })));
}

export function renewCertificate(certificate: string) {
  const params = { path: { certificate } };
  return certificates.refreshAfter(dataOf(api.POST("/api/v1/certificates/{certificate}/renew", { params })));
}

export function replaceCertificate(certificate: string, body: Schema<"CertificateReplacement">) {
  const params = { path: { certificate } };
  return certificates.refreshAfter(
    dataOf(api.POST("/api/v1/certificates/{certificate}/replace", { params, body })),
  );
}

export function versionsQuery(certificate: string) {
  return {
    queryKey: [certificates.name, "versions", certificate],
    queryFn: () =>
      dataOf(api.GET("/api/v1/certificates/{certificate}/versions", { params: { path: { certificate } } })),
  };
}
