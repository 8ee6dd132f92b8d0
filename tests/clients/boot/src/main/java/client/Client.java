package client;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;
import org.springframework.core.env.PropertySource;

import tools.jackson.databind.json.JsonMapper;

/** Starts, prints what the configuration server gave it as one line of JSON, and ends. */
@SpringBootApplication
public class Client {

    public static void main(String[] arguments) {
        try (var context = SpringApplication.run(Client.class, arguments)) {
            System.out.println("CONFIGURATION " + JsonMapper.shared().writeValueAsString(seen(context.getEnvironment())));
        }
    }

    private static Map<String, Object> seen(ConfigurableEnvironment environment) {
        Map<String, Object> seen = new LinkedHashMap<>();
        for (String key : List.of("shop.name", "shop.greeting", "shop.limit", "shop.ratio", "shop.open", "shop.text")) {
            seen.put(key, environment.getProperty(key));
        }
        seen.put("shop.hosts", listOf(environment, "shop.hosts"));
        seen.put("config.client.version", environment.getProperty("config.client.version"));
        seen.put("sources", environment.getPropertySources().stream()
                .map(PropertySource::getName).filter(name -> name.startsWith("configserver:")).toList());
        return seen;
    }

    private static List<String> listOf(Environment environment, String key) {
        return Binder.get(environment).bind(key, Bindable.listOf(String.class)).orElse(List.of());
    }
}
