package peer;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.FifoMemoryPagingProvider;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.provider.HashMapResourceProvider;
import org.hl7.fhir.r4.model.Resource;

/** A FHIR R4 server on loopback that keeps each resource type in a hash map: reads, writes and history, no real search. */
public final class HapiPlainPeer {
    private HapiPlainPeer() {}

    public static void main(String[] args) throws Exception {
        long t0 = System.currentTimeMillis();
        FhirContext ctx = FhirContext.forR4();
        RestfulServer fhir = new RestfulServer(ctx);
        for (String type : System.getProperty("peer.types",
                "Patient,Condition,Observation,MedicationRequest,Flag,Task,Communication,ResearchStudy,ResearchSubject,List,Group").split(",")) {
            fhir.registerProvider(new HashMapResourceProvider<>(
                    ctx, ctx.getResourceDefinition(type).getImplementingClass(Resource.class)));
        }
        fhir.setPagingProvider(new FifoMemoryPagingProvider(100).setDefaultPageSize(20).setMaximumPageSize(200));
        fhir.setDefaultResponseEncoding(EncodingEnum.JSON);
        Loopback.serve(fhir, t0);
    }
}
