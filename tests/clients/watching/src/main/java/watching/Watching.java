package watching;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Shows the value of a bean in refresh scope, how often that scope was refreshed, and the state that is held. */
@SpringBootApplication
@EnableScheduling
public class Watching {

    public static void main(String[] arguments) {
        SpringApplication.run(Watching.class, arguments);
    }

    @Component
    @RefreshScope
    public static class Greeting {

        private final String text;

        public Greeting(@Value("${greeting:none}") String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    @RestController
    public static class Shown {

        private final Greeting greeting;
        private final Environment environment;
        private final AtomicInteger refreshes = new AtomicInteger();

        public Shown(Greeting greeting, Environment environment) {
            this.greeting = greeting;
            this.environment = environment;
        }

        @EventListener
        public void refreshed(RefreshScopeRefreshedEvent event) {
            refreshes.incrementAndGet();
        }

        @GetMapping("/shown")
        public Map<String, Object> shown() {
            String state = environment.getProperty("config.client.state", "");
            return Map.of("greeting", greeting.text(), "refreshes", refreshes.get(), "state", state);
        }
    }
}
