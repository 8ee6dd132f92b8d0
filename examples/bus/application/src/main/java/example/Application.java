package example;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Greets as its configuration says, and tells how often it was refreshed. */
@SpringBootApplication
public class Application {

    public static void main(String[] arguments) {
        SpringApplication.run(Application.class, arguments);
    }

    /** Made anew, with new values, whenever the application is refreshed. */
    @Component
    @RefreshScope
    public static class Greeting {

        private final String text;

        public Greeting(@Value("${greeting}, ${opening}") String text) {
            this.text = text;
        }

        public String text() {
            return text;
        }
    }

    @RestController
    public static class Greeter {

        private final Greeting greeting;
        private final AtomicInteger refreshes = new AtomicInteger();

        public Greeter(Greeting greeting) {
            this.greeting = greeting;
        }

        @EventListener
        public void refreshed(RefreshScopeRefreshedEvent event) {
            refreshes.incrementAndGet();
        }

        @GetMapping("/greeting")
        public Map<String, Object> greeting() {
            return Map.of("text", greeting.text(), "refreshes", refreshes.get());
        }
    }
}
