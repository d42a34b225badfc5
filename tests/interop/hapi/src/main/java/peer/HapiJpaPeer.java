package peer;

import ca.uhn.fhir.batch2.jobs.config.Batch2JobsConfig;
import ca.uhn.fhir.batch2.jobs.export.BulkDataExportProvider;
import ca.uhn.fhir.batch2.maintenance.JobMaintenanceServiceImpl;
import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.interceptor.api.IInterceptorService;
import ca.uhn.fhir.jpa.api.config.JpaStorageSettings;
import ca.uhn.fhir.jpa.api.config.ThreadPoolFactoryConfig;
import ca.uhn.fhir.jpa.api.dao.IFhirSystemDao;
import ca.uhn.fhir.jpa.batch2.JpaBatch2Config;
import ca.uhn.fhir.jpa.binary.api.IBinaryStorageSvc;
import ca.uhn.fhir.jpa.binary.provider.BinaryAccessProvider;
import ca.uhn.fhir.jpa.binstore.MemoryBinaryStorageSvcImpl;
import ca.uhn.fhir.jpa.config.HapiJpaConfig;
import ca.uhn.fhir.jpa.config.r4.JpaR4Config;
import ca.uhn.fhir.jpa.config.util.HapiEntityManagerFactoryUtil;
import ca.uhn.fhir.jpa.model.config.PartitionSettings;
import ca.uhn.fhir.jpa.model.config.SubscriptionSettings;
import ca.uhn.fhir.jpa.model.dialect.HapiFhirH2Dialect;
import ca.uhn.fhir.jpa.provider.JpaCapabilityStatementProvider;
import ca.uhn.fhir.jpa.provider.JpaSystemProvider;
import ca.uhn.fhir.jpa.provider.SubscriptionTriggeringProvider;
import ca.uhn.fhir.jpa.search.DatabaseBackedPagingProvider;
import ca.uhn.fhir.jpa.search.IStaleSearchDeletingSvc;
import ca.uhn.fhir.jpa.subscription.channel.config.SubscriptionChannelConfig;
import ca.uhn.fhir.jpa.subscription.match.config.SubscriptionProcessorConfig;
import ca.uhn.fhir.jpa.subscription.match.deliver.email.IEmailSender;
import ca.uhn.fhir.jpa.subscription.submit.config.SubscriptionSubmitterConfig;
import ca.uhn.fhir.rest.annotation.Operation;
import ca.uhn.fhir.rest.api.EncodingEnum;
import ca.uhn.fhir.rest.server.RestfulServer;
import ca.uhn.fhir.rest.server.interceptor.SearchPreferHandlingInterceptor;
import ca.uhn.fhir.rest.server.provider.ResourceProviderFactory;
import ca.uhn.fhir.rest.server.util.ISearchParamRegistry;
import jakarta.persistence.EntityManagerFactory;
import java.util.Properties;
import javax.sql.DataSource;
import org.apache.commons.dbcp2.BasicDataSource;
import org.hl7.fhir.dstu2.model.Subscription.SubscriptionChannelType;
import org.hl7.fhir.r4.model.Parameters;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.context.annotation.Primary;
import org.springframework.orm.jpa.JpaTransactionManager;
import org.springframework.orm.jpa.LocalContainerEntityManagerFactoryBean;
import org.springframework.transaction.annotation.EnableTransactionManagement;

/** A FHIR R4 server on loopback: HAPI FHIR JPA over an H2 database in memory, served by embedded Jetty. */
public final class HapiJpaPeer {
    private HapiJpaPeer() {}

    public static void main(String[] args) throws Exception {
        long t0 = System.currentTimeMillis();
        AnnotationConfigApplicationContext spring = new AnnotationConfigApplicationContext(Wiring.class);
        RestfulServer fhir = fhirServlet(spring);
        Loopback.serve(fhir, t0);
    }

    private static RestfulServer fhirServlet(AnnotationConfigApplicationContext spring) {
        FhirContext ctx = spring.getBean(FhirContext.class);
        RestfulServer server = new RestfulServer(ctx);
        server.setInterceptorService(spring.getBean(IInterceptorService.class));
        server.registerProviders(spring.getBean(ResourceProviderFactory.class).createProviders());
        server.registerProvider(spring.getBean(JpaSystemProvider.class));
        server.registerProvider(spring.getBean(BulkDataExportProvider.class));
        server.registerProvider(spring.getBean(BinaryAccessProvider.class));
        server.registerProvider(spring.getBean(SubscriptionTriggeringProvider.class));
        server.registerProvider(new Expiry(
                spring.getBean(IStaleSearchDeletingSvc.class), spring.getBean(JpaStorageSettings.class)));
        server.setPagingProvider(spring.getBean(DatabaseBackedPagingProvider.class));
        server.setDefaultResponseEncoding(EncodingEnum.JSON);
        server.registerInterceptor(new SearchPreferHandlingInterceptor());
        server.setServerConformanceProvider(new JpaCapabilityStatementProvider(
                server,
                spring.getBean(IFhirSystemDao.class),
                spring.getBean(JpaStorageSettings.class),
                spring.getBean(ISearchParamRegistry.class),
                spring.getBean(IValidationSupport.class)));
        return server;
    }

    /** HAPI's own job that deletes expired searches, run when asked and with all of them expired: by itself it spares whatever is younger than
     * a minute, and runs once a minute. */
    public static final class Expiry {
        private final IStaleSearchDeletingSvc job;
        private final JpaStorageSettings settings;

        Expiry(IStaleSearchDeletingSvc job, JpaStorageSettings settings) {
            this.job = job;
            this.settings = settings;
        }

        @Operation(name = "$expire-searches")
        public Parameters expire() {
            long before = settings.getExpireSearchResultsAfterMillis();
            settings.setExpireSearchResultsAfterMillis(-24L * 3600 * 1000);
            try {
                job.pollForStaleSearchesAndDeleteThem();
            } finally {
                settings.setExpireSearchResultsAfterMillis(before);
            }
            return new Parameters();
        }
    }

    @Configuration
    @EnableTransactionManagement
    @Import({
        JpaR4Config.class,
        HapiJpaConfig.class,
        ThreadPoolFactoryConfig.class,
        JpaBatch2Config.class,
        Batch2JobsConfig.class,
        SubscriptionSubmitterConfig.class,
        SubscriptionProcessorConfig.class,
        SubscriptionChannelConfig.class
    })
    static class Wiring {
        @Bean
        DataSource dataSource() {
            BasicDataSource ds = new BasicDataSource();
            ds.setDriverClassName("org.h2.Driver");
            ds.setUrl(System.getProperty("peer.db", "jdbc:h2:mem:peer;DB_CLOSE_DELAY=-1"));
            ds.setUsername("sa");
            ds.setPassword("");
            ds.setMaxTotal(20);
            return ds;
        }

        @Bean
        @Primary
        LocalContainerEntityManagerFactoryBean entityManagerFactory(
                DataSource ds, ConfigurableListableBeanFactory beans, FhirContext ctx, JpaStorageSettings settings) {
            LocalContainerEntityManagerFactoryBean emf =
                    HapiEntityManagerFactoryUtil.newEntityManagerFactory(beans, ctx, settings);
            emf.setPersistenceUnitName("peer");
            emf.setDataSource(ds);
            Properties p = new Properties();
            p.put("hibernate.dialect", HapiFhirH2Dialect.class.getName());
            p.put("hibernate.hbm2ddl.auto", "update");
            p.put("hibernate.jdbc.batch_size", "20");
            p.put("hibernate.cache.use_query_cache", "false");
            p.put("hibernate.cache.use_second_level_cache", "false");
            p.put("hibernate.search.enabled", "false");
            emf.setJpaProperties(p);
            return emf;
        }

        @Bean
        @Primary
        JpaTransactionManager transactionManager(EntityManagerFactory emf) {
            return new JpaTransactionManager(emf);
        }

        @Bean
        JpaStorageSettings storageSettings() {
            JpaStorageSettings s = new JpaStorageSettings();
            int reuse = Integer.getInteger("peer.reuse_search_ms", 0);
            s.setReuseCachedSearchResultsForMillis(reuse == 0 ? null : (long) reuse);
            s.setExpireSearchResultsAfterMillis(Integer.getInteger("peer.search_ttl_ms", 3600000));
            s.setAllowExternalReferences(true);
            s.setAllowMultipleDelete(true);
            s.setExpungeEnabled(true);
            s.setJobFastTrackingEnabled(true);
            s.setResourceClientIdStrategy(JpaStorageSettings.ClientIdStrategyEnum.ANY);
            s.setEnforceReferentialIntegrityOnDelete(Boolean.getBoolean("peer.ref_integrity"));
            s.setEnforceReferentialIntegrityOnWrite(Boolean.getBoolean("peer.ref_integrity"));
            return s;
        }

        @Bean
        SubscriptionSettings subscriptionSettings() {
            SubscriptionSettings s = new SubscriptionSettings();
            s.addSupportedSubscriptionType(SubscriptionChannelType.RESTHOOK);
            s.setSubscriptionChangeQueuedImmediately(true);
            return s;
        }

        /** The job queue is looked at once a minute by default: a bulk export would take minutes in a test. */
        @Bean
        static BeanPostProcessor quickJobs() {
            return new BeanPostProcessor() {
                @Override
                public Object postProcessAfterInitialization(Object bean, String name) {
                    if (bean instanceof JobMaintenanceServiceImpl jobs) {
                        jobs.setScheduledJobFrequencyMillis(Integer.getInteger("peer.job_ms", 500));
                    }
                    return bean;
                }
            };
        }

        @Bean
        PartitionSettings partitionSettings() {
            return new PartitionSettings();
        }

        @Bean
        IBinaryStorageSvc binaryStorageSvc() {
            return new MemoryBinaryStorageSvcImpl();
        }

        @Bean
        IEmailSender emailSender() {
            return details -> {
                throw new UnsupportedOperationException("no e-mail channel in this server");
            };
        }
    }
}
