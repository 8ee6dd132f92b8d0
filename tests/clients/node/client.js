// Print, as JSON, what cloud-config-client gets from the server: ENDPOINT NAME PROFILES [LABEL].
const client = require("cloud-config-client");

const [endpoint, name, profiles, label] = process.argv.slice(2);

client
  .load({ endpoint, name, profiles: profiles.split(","), label })
  .then((config) => {
    const seen = {};
    config.forEach((key, value) => { seen[key] = value; });
    console.log(JSON.stringify({ version: config.raw.version, seen, nested: config.toObject() }));
  })
  .catch((error) => {
    console.error(error.message);
    process.exit(1);
  });
