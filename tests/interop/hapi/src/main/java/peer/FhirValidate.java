package peer;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r5.utils.validation.constants.BestPracticeWarningLevel;

/**
 * Validates R4 JSON files (*.json) and lines (*.ndjson) against the FHIR R4 core definitions, with no network and no
 * terminology server: required bindings to FHIR's own code systems are checked, SNOMED CT, LOINC, ATC and ICD are not.
 * Usage: FhirValidate [-w] PATH...   (-w prints warnings too). Exit status 1 when any error was found.
 */
public final class FhirValidate {
    private static boolean warnings;
    private static int resources;
    private static int errors;

    private FhirValidate() {}

    public static void main(String[] args) throws IOException {
        FhirContext ctx = FhirContext.forR4();
        UnknownCodeSystemWarningValidationSupport unknown = new UnknownCodeSystemWarningValidationSupport(ctx);
        unknown.setNonExistentCodeSystemSeverity(
                ca.uhn.fhir.context.support.IValidationSupport.IssueSeverity.INFORMATION);
        ValidationSupportChain chain = new ValidationSupportChain(
                new DefaultProfileValidationSupport(ctx),
                new CommonCodeSystemsTerminologyService(ctx),
                new InMemoryTerminologyServerValidationSupport(ctx),
                unknown);
        FhirInstanceValidator module = new FhirInstanceValidator(chain);
        module.setBestPracticeWarningLevel(BestPracticeWarningLevel.Ignore);
        module.setErrorForUnknownProfiles(false);
        module.setAssumeValidRestReferences(true);
        FhirValidator validator = ctx.newValidator();
        validator.registerValidatorModule(module);

        List<Path> files = new ArrayList<>();
        for (String a : args) {
            if (a.equals("-w")) {
                warnings = true;
            } else if (Files.isDirectory(Path.of(a))) {
                try (Stream<Path> walk = Files.walk(Path.of(a))) {
                    walk.filter(p -> p.toString().matches(".*\\.(nd)?json")).sorted().forEach(files::add);
                }
            } else {
                files.add(Path.of(a));
            }
        }
        for (Path f : files) {
            if (f.toString().endsWith(".ndjson")) {
                int n = 0;
                for (String line : Files.readAllLines(f, StandardCharsets.UTF_8)) {
                    n++;
                    if (!line.isBlank()) {
                        check(validator, f + ":" + n, line);
                    }
                }
            } else {
                check(validator, f.toString(), Files.readString(f, StandardCharsets.UTF_8));
            }
        }
        System.out.println(resources + " resources, " + errors + " errors");
        System.exit(errors == 0 ? 0 : 1);
    }

    private static void check(FhirValidator validator, String name, String json) {
        resources++;
        for (SingleValidationMessage m : validator.validateWithResult(json).getMessages()) {
            boolean error = m.getSeverity().ordinal() >= ResultSeverityEnum.ERROR.ordinal();
            if (error) {
                errors++;
            }
            if (error || warnings) {
                System.out.println(name + ": " + m.getSeverity() + ": " + m.getLocationString() + ": " + m.getMessage()
                        + " [" + m.getMessageId() + "]");
            }
        }
    }
}
