package peer;

import ca.uhn.fhir.rest.server.RestfulServer;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** Serves FHIR under /fhir on loopback until the process is ended, and says READY with its address when it can be asked. */
final class Loopback {
    private Loopback() {}

    static void serve(RestfulServer fhir, long startedAt) throws Exception {
        Server jetty = new Server();
        ServerConnector connector = new ServerConnector(jetty);
        connector.setHost("127.0.0.1");
        connector.setPort(Integer.getInteger("peer.port", 0));
        jetty.addConnector(connector);
        ServletContextHandler root = new ServletContextHandler("/");
        root.addServlet(new ServletHolder(fhir), "/fhir/*");
        jetty.setHandler(root);
        jetty.start();
        System.out.println("READY http://127.0.0.1:" + connector.getLocalPort() + "/fhir after "
                + (System.currentTimeMillis() - startedAt) + " ms");
        System.out.flush();
        jetty.join();
    }
}
