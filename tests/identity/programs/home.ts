/** Opens an agent and says who it is. */
import { Agent } from "../../../src/agent/mod.ts";

const agent = await Agent.create({ network: "offline" });
console.log(JSON.stringify({ agentId: agent.agentId, userId: agent.userId ?? null }));
await agent.close();
