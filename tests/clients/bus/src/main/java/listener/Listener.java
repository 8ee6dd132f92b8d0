package listener;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.bus.event.RefreshRemoteApplicationEvent;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.cloud.context.scope.refresh.RefreshScopeRefreshedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Shows the value of a bean in refresh scope, and how often that scope was refreshed. */
@SpringBootApplication
public class Listener {

    public static void main(String[] arguments) {
        SpringApplication.run(Listener.class, arguments);
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
        private final AtomicInteger refreshes = new AtomicInteger();
        private final AtomicInteger events = new AtomicInteger();

        public Shown(Greeting greeting) {
            this.greeting = greeting;
        }

        @EventListener
        public void refreshed(RefreshScopeRefreshedEvent event) {
            refreshes.incrementAndGet();
        }

        @EventListener
        public void seen(RefreshRemoteApplicationEvent event) {
            events.incrementAndGet();
        }

        @GetMapping("/shown")
        public Map<String, Object> shown() {
            return Map.of("greeting", greeting.text(), "refreshes", refreshes.get(), "events", events.get());
        }
    }
}
