package reference;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.config.server.EnableConfigServer;

/** A Spring Cloud Config Server with nothing of its own: all settings come from the command line. */
@EnableConfigServer
@SpringBootApplication
public class Original {

    public static void main(String[] arguments) {
        SpringApplication.run(Original.class, arguments);
    }
}
